"""How does the network learn? Loop, losses, disentangling, resume and tracking."""
