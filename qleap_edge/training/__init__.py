"""How does the network learn? Loop, losses, adversarial probes, concept erasure, resume and tracking."""
