"""Variants of a saved package."""
