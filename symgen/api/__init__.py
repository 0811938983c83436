"""What `import symgen` offers, in small modules; see `symgen.__all__`."""
