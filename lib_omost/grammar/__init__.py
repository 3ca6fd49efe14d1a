"""Grammars as data, the syntaxes of constrained decoders they are written in, and what may follow a text begun."""
