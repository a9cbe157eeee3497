"""Real recordings to the frame, the rate and the windows of the model; synthetic ones go through the same code."""
