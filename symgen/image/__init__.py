"""Images: datasets, the extractor whose features say what an image shows, and the warps that move them."""
