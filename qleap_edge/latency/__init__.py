"""How long does one prediction take? Estimates for classes of chips, and measurements of devices."""
