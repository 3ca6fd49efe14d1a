"""`python -m lib_omost`."""

import sys

from lib_omost.app.commands.cli import main

sys.exit(main())
