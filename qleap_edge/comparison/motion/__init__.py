"""Real motion, virtual watch: what a model says about a person who moved in a laboratory."""
