"""Which checkpoints ship? The weights, and the code that exports, checks and installs them."""
