"""What may be said about a prediction? Calibrated scales, conformal radii, temperatures and abstention."""
