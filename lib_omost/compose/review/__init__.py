"""A message compared with the canvas after its reply, by a few rules for English that say nothing in doubt."""
