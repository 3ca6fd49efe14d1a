"""The Canvas as a grammar: what may stand where, and the forms in which it is sent."""
