"""How do results look? The style of figures, tables of text, the HTML page of a report, and interactive pages."""
