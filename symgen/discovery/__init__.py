"""Finding generators of least defect."""
