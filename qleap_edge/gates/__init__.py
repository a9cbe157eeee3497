"""Is a bundle good enough? Number, bound, unit and verdict."""
