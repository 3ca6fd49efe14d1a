"""What runs in Neo's own interpreter, on its own modules: nothing here imports pytest."""
