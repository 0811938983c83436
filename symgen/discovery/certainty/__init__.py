"""How sure a count of symmetries is: upper bounds of defects, and what is undecided."""
