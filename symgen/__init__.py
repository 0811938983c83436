"""symgen finds the continuous symmetries hidden in data."""

__version__ = "0.1.0"
