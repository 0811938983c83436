"""Finding generators of least validity."""
