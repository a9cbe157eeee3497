"""What a network is worth on persons it never saw, beside what predictors without a sensor score on the same frames."""
