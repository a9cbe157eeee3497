"""What is on disk? Simulated sequences in shards, splits by subject, and the windows that the model reads."""
