"""What runs in a WebUI's own process, with the versions that each WebUI pins: `python tools/environments.py [NAME …]`.

`tests/hosts/environments/NAME.txt` holds the versions, its first line the Python; `pythonX.Y` on the PATH, pyenv's or
the one that OMOST_PYTHON3_13 and so on name. Each is installed into `.environments/NAME/`, from the package index
(torch alone is 1 to 5 GB there), and stays until its file changes. No WebUI is installed or started.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tests" / "hosts" / "environments"
INSTALLED = ROOT / ".environments"
BESIDE = ("pytest>=8", "hypothesis>=6.100", "webcolors>=24.6")  # what the tests themselves ask for
# What needs neither a browser nor what the WebUI's process never loads: diffusers' pipelines, the worker's packages.
SUITES = ("hosts/environments", "webui", "ui", "attention", "methods", "loras", "pictures", "settings", "prompts")
ROUTES = ("bounds", "canvas_routes", "chat_routes", "events", "files", "guard", "layout_route", "sight_routes")


def wanted_python(pins: Path) -> str:
    """`3.10`, from the first line of the file: `# Python 3.10: …`."""
    found = re.match(r"# Python (3\.\d+): \S", pins.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"the first line of {pins.name} names no Python")
    return found[1]


def pinned(pins: Path) -> list[list[str]]:
    """What each call of pip is to install, a paragraph each: in a later call a WebUI may go past what Gradio allows."""
    paragraphs = pins.read_text(encoding="utf-8").split("\n\n")
    return [[line for line in text.splitlines() if line and not line.startswith("#")] for text in paragraphs]


def interpreter(version: str) -> str | None:
    """The Python of that version on this computer, None where there is none."""
    own = os.environ.get(f"OMOST_PYTHON{version.replace('.', '_')}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    name = "python.exe" if os.name == "nt" else f"bin/python{version}"
    for python in (own, *sorted(pyenv.glob(f"{version}.*/{name}"), reverse=True), shutil.which(f"python{version}")):
        if python and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
            return str(python)
    return None


def environment(pins: Path, python: str) -> Path:
    """The environment's own interpreter, with what the file pins; raises CalledProcessError when pip fails."""
    folder = INSTALLED / pins.stem
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "pins.sha256"
    digest = hashlib.sha256(pins.read_bytes() + repr((python, BESIDE)).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return inside
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    pip: list[str | Path] = [inside, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    for wanted in (*pinned(pins), BESIDE):
        subprocess.run([*pip, *wanted], check=True)
    subprocess.run([*pip, "--no-deps", "--requirement", ROOT / "requirements" / "data.txt"], check=True)
    stamp.write_text(digest)
    return inside


def run(pins: Path) -> str:
    """How it went with the versions of one file, in a few words."""
    version = wanted_python(pins)
    python = interpreter(version)
    if python is None:
        return f"not run: there is no Python {version}"
    try:
        inside = environment(pins, python)
    except subprocess.CalledProcessError:
        return "failed: it cannot be installed"
    suites = [f"tests/{suite}" for suite in SUITES] + [f"tests/page/test_page_{name}.py" for name in ROUTES]
    settings = {"PYTHONPATH": str(ROOT), "OMOST_ENVIRONMENT": pins.stem}
    command: list[str | Path] = [inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", *suites]
    code = subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False).returncode
    return "passed" if code == 0 else "failed"


def main() -> None:
    """Run those that are named, or all; ends with 1 when one failed or none could be run."""
    names = sorted(file.stem for file in PINS.glob("*.txt"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(names)} (default: all)")
    wanted = parser.parse_args().names or names
    if unknown := set(wanted) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    results = {name: run(PINS / f"{name}.txt") for name in wanted}
    for name, result in results.items():
        print(f"{name:<10}{result}")
    went_well = "passed" in results.values() and not any(result.startswith("failed") for result in results.values())
    sys.exit(0 if went_well else 1)


if __name__ == "__main__":
    main()
