"""The address at which a WebUI finds the extension."""

from lib_omost.ui.extension import register

OmostScript = register()
