"""The address at which a WebUI finds the extension."""

from lib_omost.ui.script import OmostScript

__all__ = ["OmostScript"]
