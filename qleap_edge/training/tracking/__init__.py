"""Where a training run's numbers go: JSON lines always; TensorBoard and Weights & Biases by name."""
