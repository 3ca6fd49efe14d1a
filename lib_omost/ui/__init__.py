"""The extension's face in a WebUI: its script, its widgets, its routes, its page of settings."""
