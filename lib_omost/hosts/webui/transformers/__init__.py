"""Diffusion transformers as the Forge family builds them, one file a kind: where in them text meets image.

Each is told by the parts and arguments that its blocks have. A kind that is not found has no layers.
"""
