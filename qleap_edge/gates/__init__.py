"""Number, bound, unit, verdict."""
