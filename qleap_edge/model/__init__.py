"""What is the network? The Hybrid Disentangling Transformer and the baseline networks."""
