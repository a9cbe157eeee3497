"""Proof that the saved file computes what the network computes."""
