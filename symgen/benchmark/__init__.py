"""The experiments that measure symgen."""
