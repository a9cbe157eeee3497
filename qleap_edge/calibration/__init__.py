"""Uncertainty that is true for the artefact that ships: numpy on (prediction, scale, target)."""
