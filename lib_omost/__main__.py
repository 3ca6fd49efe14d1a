"""`python -m lib_omost`."""

import sys

from lib_omost.app.cli import main

sys.exit(main())
