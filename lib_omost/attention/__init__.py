"""Regional cross-attention on tensors: where each token may be seen, the formulations, caches of keys and values."""
