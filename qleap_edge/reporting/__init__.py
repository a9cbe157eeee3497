"""How do results look? The style of figures, tables of text, and the HTML page of a report."""
