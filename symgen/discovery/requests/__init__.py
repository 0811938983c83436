"""From what a user asks for, on the command line or in Python, to data, settings and generators."""
