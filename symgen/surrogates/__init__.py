"""Differentiable functions fitted to labelled points, and how far they and their gradients can be trusted."""
