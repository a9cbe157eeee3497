"""Motion physics: bodies from anthropometry, exercises, inverse dynamics, and the watch that feels them."""
