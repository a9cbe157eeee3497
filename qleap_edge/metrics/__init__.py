"""How far is a prediction from the truth? Named numbers with units."""
