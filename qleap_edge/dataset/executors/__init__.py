"""Where tasks run: in this process, in a pool of local ones, or on a Ray cluster. What they return does not depend on it."""
