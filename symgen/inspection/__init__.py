"""What a generators file holds, and how it compares with known symmetries or another file."""
