"""In which order is everything made? The stages of a release, each a function of files."""
