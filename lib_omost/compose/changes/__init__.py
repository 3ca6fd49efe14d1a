"""Changes of a canvas that an English message asks for in so many words, as edits."""
