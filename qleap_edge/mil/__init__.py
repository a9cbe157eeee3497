"""A runtime for saved Core ML programs: read a .mlpackage from disk and execute it without Apple's frameworks."""
