"""What did the sensor measure? Recordings in the frame, rate and windows of the model."""
