"""The exercises, one file each behind one protocol."""
