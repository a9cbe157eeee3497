"""Where a training run's numbers are kept: JSON lines always; TensorBoard and Weights & Biases when they are chosen."""
