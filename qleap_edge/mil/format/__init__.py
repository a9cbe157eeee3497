"""What is in a .mlpackage? The files on disk as frozen data; nothing is executed and nothing is written."""
