"""The network beside networks of published size and predictors without a sensor: same data, same windows, same steps."""
