"""The mini checkpoint: a Stable Diffusion 1 in miniature that obeys on a CPU. Its pictures, its files, its loader."""
