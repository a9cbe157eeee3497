"""What are a program's results? A function is linked to kernels, then run for one window or for many."""
