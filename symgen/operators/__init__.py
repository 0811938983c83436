"""Neural operators that carry solutions forward in time, and how far models are from commuting with symmetries."""
