"""Networks to compare with: recurrent ones of published shape on our data, and one that may not look at its input."""
