"""Points: labelled vectors and sets of particles, functions of them, and what must not change when they are moved."""
