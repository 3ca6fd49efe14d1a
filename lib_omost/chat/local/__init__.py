"""A language model in this process, on transformers."""
