"""How do captured people move: the fit of the body to measured points, and the regime that plays the result on other bodies."""
