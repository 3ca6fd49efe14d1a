"""Grammars as data, and the syntaxes of constrained decoders they are written in."""
