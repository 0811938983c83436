"""Trained models: what symmetries they have learned, and how close they are to given ones."""
