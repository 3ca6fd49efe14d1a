"""Omost for the WebUI: from a message to a composed picture. The road is in docs/architecture.md."""

__version__ = "0.1.0.dev0"
