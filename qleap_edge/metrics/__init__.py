"""How far is a prediction from the truth? Metrics of poses, classes and uncertainty, and their intervals."""
