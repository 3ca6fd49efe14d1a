"""What runs in a WebUI's own interpreter, on its own modules: nothing here imports pytest."""
