"""Disks that take no more: real ones, full or read-only, for everything that writes. What was there stays."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from lib_omost.disk import saved_in_place_of, write_whole
from lib_omost.errors import OmostError

ROOT = Path(__file__).parents[1]
LIMITED = "import resource, signal; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"  # EFBIG, for want of a mount
MOUNTS = {"full": "mount -t tmpfs -o size=64k none {0}", "read-only": "mount -t tmpfs -o ro none {0}"}
FILL = """
    try:
        with open(f"{folder}/filler", "wb") as filler:
            while True:
                filler.write(b"x" * 256); filler.flush()
    except OSError:
        pass
"""
PRELUDE = """
    import io, pathlib, sys, types
    from lib_omost.errors import OmostError
    folder = pathlib.Path(sys.argv[1])
"""
AFTER = """
    try:
        write()
    except OmostError as error:
        print(error.told)
        left = [file.name for file in folder.rglob("*") if file.name != "filler" and file.is_file()]
        sys.exit("left behind: " + ", ".join(left) if left else 0)
    sys.exit("nothing was raised")
"""
CANVAS = "from lib_omost.canvas import Canvas; canvas = Canvas('a cat ' * 900)"
WRITERS = {
    "presets": f"""
    from lib_omost.page.presets import Presets
    {CANVAS}
    write = lambda: Presets(folder / "presets").keep("mine", canvas)
    """,
    "settings": """
    from lib_omost.settings.guarded import Guarded, GuardedFile
    write = lambda: GuardedFile(lambda: folder / "settings.json").write(Guarded(model="x" * 5000))
    """,
    "packages": """
    from lib_omost.packages import Pip, renew
    pip = Pip("the worker's packages", print, folder=folder)
    write = lambda: renew(folder / "worker" / "overlay", lambda _: None, pip)
    """,
    "canvas": """
    from lib_omost.app.files import write_text
    write = lambda: write_text(folder / "out" / "canvas.json", "x" * 5000)
    """,
    "chat": """
    from lib_omost.app.commands.chat import _write_history
    from lib_omost.chat.conversation.conversation import Conversation
    write = lambda: _write_history(folder / "chat.md", Conversation().ask("x" * 5000))
    """,
    "picture": """
    import random
    from PIL import Image
    from lib_omost.app.commands.draft import write_picture
    noise = Image.frombytes("RGB", (64, 64), random.Random(0).randbytes(64 * 64 * 3))
    write = lambda: write_picture(noise, folder / "image.png")
    """,
}
KEPT_BY_THE_PROGRAM = {"presets", "settings", "packages"}


@functools.cache
def can_mount(kind: str) -> bool:
    """Whether this system lets a user mount a disk in a namespace of its own."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return False
    command = [*unshare(), "sh", "-c", MOUNTS[kind].format("/mnt")]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def unshare() -> list[str]:
    return (
        ["unshare", "--mount"] if os.name != "nt" and os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    )


def run(code: str, folder: Path, kind: str = "") -> subprocess.CompletedProcess[str]:
    """Python code with `folder` as its argument, where that is a disk of a kind."""
    folder.mkdir(exist_ok=True)
    words = [sys.executable, "-c", textwrap.dedent(code), str(folder)]
    if kind:
        script = MOUNTS[kind].format('"$0"') + ' && exec "$@"'
        words = [*unshare(), "sh", "-c", script, str(folder), *words]
    return subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)


# Folders alone fit a full disk: what pip says of one is told in tests/test_packages.py.
PAIRS = [(writer, kind) for writer in WRITERS for kind in MOUNTS if (writer, kind) != ("packages", "full")]


@pytest.mark.parametrize(("writer", "kind"), PAIRS)
def test_a_disk_that_takes_no_more_is_named_with_what_to_do(tmp_path: Path, writer: str, kind: str) -> None:
    if not can_mount(kind):
        pytest.skip("this user cannot mount a disk")
    fill = FILL if kind == "full" else ""
    ran = run(PRELUDE + fill + WRITERS[writer] + AFTER, tmp_path / "disk", kind)
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout.splitlines()[-1]
    assert str(tmp_path / "disk") in told
    assert ("No space left" if kind == "full" else "Read-only file system") in told
    assert ("free some space" in told) == (kind == "full")
    assert ("OMOST_DATA_DIR" if writer in KEPT_BY_THE_PROGRAM else "another place") in told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("writer", sorted(WRITERS.keys() - {"packages"}))
def test_where_no_file_may_grow_nothing_is_left_behind(tmp_path: Path, writer: str) -> None:
    ran = run(PRELUDE + f"    {LIMITED}" + WRITERS[writer] + AFTER, tmp_path / "disk")
    assert ran.returncode == 0, ran.stderr
    assert str(tmp_path / "disk") in ran.stdout
    assert "free some space" in ran.stdout


def test_an_old_file_stays_when_the_new_one_does_not_fit(tmp_path: Path) -> None:
    if not can_mount("full"):
        pytest.skip("this user cannot mount a disk")
    code = (
        PRELUDE
        + """
    from lib_omost.page.presets import Presets
    from lib_omost.canvas import Canvas
    presets = Presets(folder / "presets")
    presets.keep("mine", Canvas("a cat"))
    """
        + FILL
        + """
    try:
        presets.keep("mine", Canvas("a dog " * 3000))
    except OmostError:
        assert presets.get("mine") == Canvas("a cat")
        assert presets.names() == ["mine"]
        sys.exit(0)
    sys.exit("nothing was raised")
    """
    )
    ran = run(code, tmp_path / "disk", "full")
    assert ran.returncode == 0, ran.stderr


def test_two_that_write_at_once_do_not_mix(tmp_path: Path) -> None:
    """Whoever reads meanwhile sees one text or the other, whole."""
    file, texts = tmp_path / "x.json", [letter * 200_000 for letter in (b"a", b"b")]
    write_whole(file, texts[0], what="it")
    threads = [
        threading.Thread(target=lambda text=text: [write_whole(file, text, what="it") for _ in range(15)])
        for text in texts
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert file.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other links and rights")
def test_links_rights_and_pipes(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    write_whole(link, b"new", what="it")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    umask = os.umask(0o022)
    try:
        write_whole(tmp_path / "public", b"", what="it")
        write_whole(tmp_path / "private", b"", what="it", private=True)
    finally:
        os.umask(umask)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("public", "private")] == [0o644, 0o600]
    for mode in (0o600, 0o640, 0o666):
        real.chmod(mode)
        write_whole(link, b"newer", what="it")
        assert real.stat().st_mode & 0o777 == mode
    write_whole(link, b"newest", what="it", private=True)
    assert real.stat().st_mode & 0o777 == 0o600
    os.mkfifo(tmp_path / "pipe")
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", b"through", what="it")
    reader.join(10)
    assert heard == [b"through"]
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\udcff\ud800"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OmostError, match="cannot be written") as refused:
        write_whole(tmp_path / name, b"x", what="it")
    assert refused.value.hint == "choose another place"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="names of 250 bytes are too long with their folder")
def test_a_name_as_long_as_one_can_be_is_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), b"x", what="it")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_what_a_library_saves_for_its_owner_alone_gets_an_old_file_s_rights_or_a_new_one_s(tmp_path: Path) -> None:
    def save(file: Path) -> None:
        file.unlink()
        file.touch(0o600)
        file.write_bytes(b"new")

    old, new, plain = (tmp_path / name for name in ("old", "new", "plain"))
    old.write_bytes(b"old")
    old.chmod(0o640)
    plain.touch()
    for file in (old, new):
        saved_in_place_of(file, save)
        assert file.read_bytes() == b"new"
    assert (old.stat().st_mode & 0o777, new.stat().st_mode) == (0o640, plain.stat().st_mode)


def test_what_a_library_fails_to_save_leaves_the_old_file(tmp_path: Path) -> None:
    def save(file: Path) -> None:
        file.write_bytes(b"half")
        raise OSError("no room")

    (tmp_path / "old").write_bytes(b"old")
    with pytest.raises(OSError, match="no room"):
        saved_in_place_of(tmp_path / "old", save)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("old", b"old")]
