"""All stages in order, each a function of files."""
