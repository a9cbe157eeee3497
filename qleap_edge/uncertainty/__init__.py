"""What may be said about a prediction? Scales of σ, conformal radii, temperatures and abstention."""
