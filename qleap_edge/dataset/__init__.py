"""Simulated sequences on disk: shards, splits by subject, and the windows the model reads."""
