"""The Hybrid Disentangling Transformer."""
