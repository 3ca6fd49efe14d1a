"""Writing files so that nothing is lost: whole or not at all, and with words for a disk that takes no more."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from lib_omost.errors import OmostError

DATA_VARIABLE = "OMOST_DATA_DIR"  # of the environment: where the program keeps what is its own
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC, errno.EFBIG}
ELSEWHERE = "choose another place"
DATA_ELSEWHERE = f"name another folder in {DATA_VARIABLE}"
_EVERYONE, _OWNER = 0o666, 0o600


def write_whole(file: Path, data: bytes, *, what: str, elsewhere: str = ELSEWHERE, private: bool = False) -> None:
    """Put `data` in the place of a file, which stays as it was until the new one is complete. Folders are made.

    It is written under a name of its own, so two that write at once do not mix. A link is followed, and what is no
    plain file (a pipe, a terminal) is written to as it is. The new one has the old one's rights; `private` files and
    folders are their owner's alone. Raises OmostError, with `what` it was and the folder, and with `elsewhere` as what
    to do.
    """
    try:
        _write(file, data, private=private)
    except (OSError, ValueError) as error:
        raise cannot_write(file.parent, error, what=what, elsewhere=elsewhere) from error


def require_writable(file: Path, *, what: str, elsewhere: str = ELSEWHERE) -> None:
    """Raise OmostError, as `write_whole` would, where it cannot write; an old file stays as it is. Folders are made."""
    try:
        target = _target(file, private=False)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_written_to(target):
            with tempfile.TemporaryFile(dir=target.parent):
                pass
    except (OSError, ValueError) as error:
        raise cannot_write(file.parent, error, what=what, elsewhere=elsewhere) from error


@contextlib.contextmanager
def in_place_of(file: Path) -> Iterator[Path]:
    """A name of its own beside a file: what the block writes there takes the file's place, or is gone if it fails."""
    scratch = file.with_name(f".omost-{secrets.token_hex(8)}.part")
    try:
        yield scratch
        scratch.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise


def saved_in_place_of(file: Path, save: Callable[[Path], None]) -> None:
    """Have a library save a file whole, and give it an old one's rights, or those that any new file gets.

    Libraries that write to a temporary file and move it leave theirs to its owner alone, and a WebUI may run as
    somebody else. `save` is given the path to write to.
    """
    with in_place_of(file) as scratch:
        scratch.touch()
        mode = stat.S_IMODE((file if file.exists() else scratch).stat().st_mode)
        save(scratch)
        scratch.chmod(mode)


def cannot_write(folder: Path, error: OSError | ValueError, *, what: str, elsewhere: str) -> OmostError:
    """The error for a folder that takes nothing: it names the folder and what to do."""
    why = (
        (getattr(error, "strerror", None) or str(error)) if isinstance(error, OSError) else "no file can have this name"
    )
    first = "free some space, or " if getattr(error, "errno", None) in FULL else ""
    return OmostError(f"{what} cannot be written to {folder}: {why}", hint=f"{first}{elsewhere}")


def _write(file: Path, data: bytes, *, private: bool) -> None:
    target = _target(file, private=private)
    if _is_written_to(target):
        target.write_bytes(data)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    old = target.stat() if target.exists() else None
    mode = _OWNER if private or old else _EVERYONE
    with in_place_of(target) as scratch, os.fdopen(os.open(scratch, flags, mode), "wb") as new:
        if old is not None and not private:
            _give_rights_of(old, new.fileno())
        new.write(data)
        new.flush()
        os.fsync(new.fileno())  # a disk may say that it is full only now


def _target(file: Path, *, private: bool) -> Path:
    """What a link leads to; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
    return Path(os.path.realpath(file))


def _is_written_to(target: Path) -> bool:
    """Whether it is a pipe or a terminal, whose place no file can take."""
    return target.exists() and not stat.S_ISREG(target.stat().st_mode) and not target.is_dir()


def _give_rights_of(old: os.stat_result, new: int) -> None:
    """Owner and mode, where the system has them and lets this user set them."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.fchown(new, old.st_uid, old.st_gid)
        with contextlib.suppress(OSError):
            os.fchmod(new, stat.S_IMODE(old.st_mode))
