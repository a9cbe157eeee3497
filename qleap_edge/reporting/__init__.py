"""How do results look? Figure style, tables of text, and the page of a report."""
