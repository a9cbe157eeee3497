"""Prediction in, named numbers with units out."""
