"""Losses, the loop, checkpoints."""
