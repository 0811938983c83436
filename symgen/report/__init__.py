"""The report: generators with all that is known about them as one self-contained HTML page."""
