"""Vector fields: what they are made of, their inner product, algebra and files."""
