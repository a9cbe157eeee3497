"""Baseline networks: recurrent ones of published shape trained on our data, and a control without input."""
