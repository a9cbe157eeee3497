"""What a dataset looks like beside the literature, the watch and one real person: numbers, plots, a page."""
