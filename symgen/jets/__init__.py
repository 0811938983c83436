"""Spaces of independent variables, unknowns and the derivatives of these."""
