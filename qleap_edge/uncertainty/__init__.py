"""How certain is a prediction? Scales of σ, conformal radii, temperatures and abstention."""
