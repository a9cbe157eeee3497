"""How realistic is a dataset? Its figures beside the literature, a real watch and one real person."""
