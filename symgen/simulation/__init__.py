"""Solvers of equations and systems from initial data, and random initial data for them."""
