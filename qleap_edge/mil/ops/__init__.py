"""Kernels of the MIL operations, one family a file; importing ``table`` registers them all."""
