"""The program by itself: diffusers runs the image model, no WebUI is needed."""
