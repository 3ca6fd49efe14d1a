"""What pip installs: a wheel, built from the checkout and used where the checkout is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAST, MOST = 0.5e6, 3e6  # bytes
FROM_A_CHECKOUT = (
    "lib_omost", "javascript", "localizations", "assets", "scripts", "tests",
    "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "style.css", "install.py",
)  # fmt: skip
# Only the standard library, what is named and the wheel can be imported, whatever else this Python has.
ALONE = """
import sys
site, elsewhere, allowed = sys.argv[1], sys.argv[2], set(sys.argv[3].split(",")) - {""}
class Others:
    def find_spec(self, name, path=None, target=None):
        known = allowed | {"lib_omost"} | set(sys.stdlib_module_names)
        if "*" not in allowed and name.partition(".")[0] not in known:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Others())
sys.path[:] = [site, *(p for p in sys.path if "site-packages" not in p), elsewhere]
import lib_omost
assert lib_omost.__file__.startswith(site), lib_omost.__file__
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by pip from a copy of the checkout: what setuptools leaves behind stays there."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in FROM_A_CHECKOUT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    command = (sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--quiet")
    options = ("--disable-pip-version-check", "--wheel-dir", str(out), str(source))
    done = subprocess.run([*command, *options], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip put it."""
    folder = tmp_path_factory.mktemp("site")
    command = (sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", str(folder))
    subprocess.run([*command, "--disable-pip-version-check", str(wheel)], check=True, capture_output=True)
    return folder


def run(site: Path, code: str, *allowed: str, **environment: str) -> str:
    """What the code prints where the wheel and the `allowed` packages alone are; "*" is all of this Python's."""
    import numpy as np

    elsewhere = str(Path(np.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE + code, str(site), elsewhere, ",".join(allowed)],
        check=False,
        capture_output=True,
        text=True,
        cwd=site,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_holds_the_package_and_what_the_page_shows_but_no_model_test_or_address_of_a_webui(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    within = {name for name in names if not name.partition("/")[0].endswith(".dist-info")}
    assert {name.partition("/")[0] for name in within} == {"lib_omost"}
    assert not [name for name in within if name.endswith((".safetensors", ".d.ts", ".pyc"))]
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lib_omost").rglob("*") if path.is_file()}
    assert {name for name in there if "__pycache__" not in name} <= within
    beside = [*(ROOT / "javascript" / "omost").glob("*.[mc]*s"), *(ROOT / "localizations").glob("*.json")]
    beside += [ROOT / "style.css", *(ROOT / "assets" / "composer").glob("*.txt")]
    shown = {f"lib_omost/_shipped/{path.relative_to(ROOT).as_posix()}" for path in beside}
    assert {name for name in within if "/_shipped/" in name} == shown
    assert LEAST < wheel.stat().st_size < MOST


def test_canvas_prompts_and_layouts_need_numpy_alone_and_no_torch(site: Path) -> None:
    code = """
from lib_omost.canvas import parse_canvas, draft_image
from lib_omost.prompts import greedy_bags, region_paths
from lib_omost.layouts import read_layout
canvas = parse_canvas(
    "canvas = Canvas()\\n"
    "canvas.set_global_description(description='a hill', detailed_descriptions=[], tags='', "
    "HTML_web_color_name='green')\\n"
    "canvas.add_local_description(location='on the left', offset='no offset', area='a small square area', "
    "distance_to_viewer=2.0, description='a red cat', detailed_descriptions=['it sleeps'], tags='', "
    "atmosphere='', style='', quality_meta='', HTML_web_color_name='red')"
)
paths = region_paths(canvas)
bags = greedy_bags(paths[1].prefixes, paths[1].suffixes, str.split)
print(len(canvas.regions), draft_image(canvas, 64, 48, blurred=True).shape, bags.bags[0].text, "torch" in sys.modules)
"""
    assert run(site, code, "numpy") == "1 (48, 64, 3) a hill. a red cat. it sleeps. False"


def test_attention_needs_torch_beside_that(site: Path) -> None:
    code = """
import torch
from lib_omost.attention import RegionalContext, RegionalRun, Span, place, span_masks
context = RegionalContext(torch.randn(6, 8), (Span(0, 4, (0, 90, 0, 90)), Span(4, 6, (0, 90, 0, 45))))
run = RegionalRun(context)
out = run.attend("layer", torch.randn(1, 2, 48, 4), lambda x: x, lambda x: x, height=6, width=8)
print(tuple(out.shape), span_masks(place(context, 6, 8)).sum((1, 2)).tolist())
"""
    assert run(site, code, "*") == "(1, 2, 48, 4) [48, 24]"


def test_commands_about_text_need_numpy_alone(site: Path, tmp_path: Path) -> None:
    layout = tmp_path / "layout.txt"
    layout.write_text("a hill\nADDCOMM a red cat ADDCOL a blue dog\nDivide Ratio: 1,1")
    code = f"""
from lib_omost.app.commands.cli import main
sys.argv[1:] = ["convert", {str(layout)!r}, "--to", "code"]
main()
"""
    assert "a red cat" in run(site, code, "numpy")


@pytest.mark.parametrize("command", ["render", "draft"])
def test_a_command_that_needs_more_says_what_and_how_to_get_it(site: Path, tmp_path: Path, command: str) -> None:
    canvas = tmp_path / "canvas.py"
    canvas.write_text("canvas = Canvas()\ncanvas.set_global_description(description='a hill')")
    code = f"""
import contextlib, io
from lib_omost.app.commands.cli import main
with contextlib.redirect_stderr(io.StringIO()) as told:
    print(main([{command!r}, {str(canvas)!r}, "-o", {str(tmp_path / "out.png")!r}]))
print(told.getvalue())
"""
    exit_code, *told = run(site, code, "numpy").splitlines()
    assert exit_code == "1"
    assert "needs the package" in " ".join(told)
    assert "pip install" in told[-1]
    assert "Traceback" not in " ".join(told)
    assert not (tmp_path / "out.png").exists()


def test_the_program_finds_its_page_and_words_and_keeps_the_users_data_out_of_pythons_folder(
    site: Path, tmp_path: Path
) -> None:
    code = """
from lib_omost.compose.gloss import glossary
from lib_omost.compose.known import known_words
from lib_omost.data_folder import data_folder
from lib_omost.shipped import shipped
print(len(glossary("de").exact) > 100, len(known_words().words) > 100)
print(shipped("javascript", "omost", "page.mjs").is_file(), shipped("localizations", "zh_CN.json").is_file())
print(data_folder())
"""
    kept = tmp_path / "kept"
    told = run(site, code, "numpy", OMOST_DATA_DIR="", XDG_DATA_HOME=str(kept), LOCALAPPDATA=str(kept), HOME=str(kept))
    found, words, folder = told.splitlines()
    assert (found, words) == ("True True", "True True")
    assert Path(folder).name == "omost"
    assert Path(folder).is_relative_to(kept)


def test_a_model_that_only_a_checkout_has_is_refused_with_that_said(site: Path) -> None:
    code = """
from lib_omost.errors import ModelError
from lib_omost.mini.folder import mini_folder
try:
    mini_folder()
except ModelError as error:
    print(error.hint)
"""
    assert run(site, code, "numpy").startswith("it comes with a checkout of the project, not with what pip installs")
