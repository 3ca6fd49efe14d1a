"""Run by the WebUI at every launch, in its own interpreter."""

from pathlib import Path

import launch
from modules.paths_internal import script_path

from lib_omost.hosts.webui.packages import install_missing, read_needs
from lib_omost.packages import Pip

if not launch.args.skip_install:
    needs = read_needs((Path(__file__).parent / "requirements" / "webui.txt").read_text(encoding="utf-8"))
    install_missing(needs, Path(script_path), Pip("a package of Omost", print), print)
