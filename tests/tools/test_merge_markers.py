"""`make lint` refuses what a merge left undecided, in any tracked file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import make
import merge_markers
import pytest

OURS, BASE, MIDDLE, THEIRS = (sign * 7 for sign in "<|=>")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def track(checkout: Path, name: str, content: bytes) -> None:
    file = checkout / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    subprocess.run(["git", "add", name], cwd=checkout, check=True)


def test_every_line_of_a_conflict_is_named(checkout: Path) -> None:
    lines = ["text", f"{OURS} HEAD", "one", f"{BASE} 1234567", "none", MIDDLE, "other", f"{THEIRS} branch", "text"]
    for name, end in (("docs/a page.md", "\n"), ("windows.txt", "\r\n")):
        track(checkout, name, end.join(lines).encode())
    numbers = [2, 4, 6, 8]
    assert list(merge_markers.marked_lines(checkout)) == [
        f"{name}:{number}" for name in ("docs/a page.md", "windows.txt") for number in numbers
    ]


@pytest.mark.parametrize(
    "text",
    [f"{MIDDLE}=\n", f"a {OURS} b\n", f" {MIDDLE}\n", f"{OURS}{OURS}\n", f"{MIDDLE} by itself, in words\n", "\0\xff\n"],
)
def test_other_lines_are_left_alone(checkout: Path, text: str) -> None:
    track(checkout, "file", text.encode("latin-1"))
    assert list(merge_markers.marked_lines(checkout)) == []


def test_files_that_git_does_not_track_or_that_are_gone_are_not_looked_at(checkout: Path) -> None:
    (checkout / "scratch.txt").write_text(MIDDLE)
    track(checkout, "gone.txt", MIDDLE.encode())
    (checkout / "gone.txt").unlink()
    assert list(merge_markers.marked_lines(checkout)) == []


def test_lint_ends_with_the_place(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge_markers, "ROOT", checkout)
    merge_markers.main()
    track(checkout, "file.md", f"{THEIRS} branch\n".encode())
    with pytest.raises(SystemExit, match=r"file\.md:1"):
        merge_markers.main()


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(merge_markers, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    merge_markers.main()
    assert "no git checkout" in capsys.readouterr().err


def test_it_is_a_part_of_lint(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    monkeypatch.setattr(make, "install", lambda: None)
    monkeypatch.setattr(make, "run", lambda *arguments: commands.extend(map(str, arguments)))
    make.lint()
    assert "tools/merge_markers.py" in commands


def test_this_tree_has_none() -> None:
    try:
        assert list(merge_markers.marked_lines(merge_markers.ROOT)) == []
    except subprocess.CalledProcessError:
        pytest.skip("no git checkout")
