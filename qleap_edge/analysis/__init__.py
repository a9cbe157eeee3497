"""From a pose stream to repetitions, form and abstention."""
