"""Messages that change a canvas: what of them is sure, as edits, and what is left for a small model to read."""
