"""A composition in few words: the plan that a small model writes, and the edits it makes to a canvas.

Knows the standard library, `canvas` and, for the grammar alone, `chat.grammar`.
"""
