"""What stays constant in solutions: integrals of densities over the box, their drift, and those found in data alone."""
