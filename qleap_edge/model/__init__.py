"""What is the network? The Hybrid Disentangling Transformer and the networks it is compared with."""
