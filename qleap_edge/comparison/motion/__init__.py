"""How good is a model on real motion? Motion capture of a person, recorded by virtual watches."""
