"""Layers and files that were trained for regions or for alpha, put into a UNet beside its checkpoint."""
