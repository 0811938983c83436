"""1-D equations: their algebra, data and simulation."""
