"""Checkpoints that ship with the package: how one is made, found, checked and taken in place of a training."""
