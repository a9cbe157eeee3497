"""Comparisons that people cite: a finished model against truth that it was never trained on."""
