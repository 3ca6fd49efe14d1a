"""The extension's face in a WebUI: its fields, its script, its infotext."""
