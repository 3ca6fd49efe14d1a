"""A language model in a process of its own: what starts and ends it, and what runs in it."""
