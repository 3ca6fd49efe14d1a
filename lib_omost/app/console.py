"""What people read goes to stderr: messages, problems, progress. stdout is for data."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import warnings
from collections.abc import Iterator
from types import TracebackType

from lib_omost.errors import OmostError

_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair, which JSON escapes


def prepare_stdout() -> None:
    """Let files and pipes get UTF-8, as they are read here; a terminal keeps its own and escapes what it cannot show.

    Where Windows runs in a language of the West, stdout would refuse all other letters.
    """
    if not isinstance(sys.stdout, io.TextIOWrapper):
        return
    if sys.stdout.isatty():
        sys.stdout.reconfigure(errors="backslashreplace")
    else:
        sys.stdout.reconfigure(encoding="utf-8", errors=sys.stdout.errors)


def say(text: str) -> None:
    """One line to the user, above a line of progress where there is one."""
    drawn = sys.modules.get("tqdm")
    if drawn is None:  # commands about text need no more than NumPy
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    else:
        drawn.tqdm.write(text, file=sys.stderr)


def say_error(error: OmostError) -> None:
    """What happened and, on a second line, what to do."""
    say(f"omost: {error}")
    if error.hint:
        say(f"       {error.hint}")


def spare_a_core() -> None:
    """Let torch use all cores but one, unless OMP_NUM_THREADS says otherwise.

    Its threads wait busily for each other, so one core that is also wanted elsewhere holds up all of them.
    """
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def print_json(data: object) -> None:
    """Data for programs, on stdout."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    sys.stdout.write(_HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n")


class ProgressLine:
    """A line on stderr that shows how far a stage is: `with ProgressLine("drawing") as line: line.update(3, 20)`."""

    def __init__(self, stage: str, unit: str = "step", *, scaled: bool = False) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            desc=stage, unit=unit, unit_scale=scaled, file=sys.stderr, dynamic_ncols=True, mininterval=0.5, leave=True
        )

    def update(self, done: int, total: int | None = None) -> None:
        """`done` of `total` steps are finished."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.close()


class StatusLine:
    """A line on stderr that shows what a worker is doing, rewritten as that changes; gone when the block ends."""

    def __init__(self) -> None:
        from tqdm import tqdm

        self._bar = tqdm(bar_format="{desc}", file=sys.stderr, dynamic_ncols=True, leave=False)

    def show(self, text: str) -> None:
        """The status is this now."""
        self._bar.set_description_str(f"language model: {text}")

    def close(self) -> None:
        """End the line."""
        self._bar.close()

    def __enter__(self) -> StatusLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class StageProgress:
    """A progress line for each stage of a render, opened when its first step is reported."""

    def __init__(self) -> None:
        self._stage = ""
        self._line: ProgressLine | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` steps of `stage` are finished."""
        if stage != self._stage:
            self.close()
            self._stage, self._line = stage, ProgressLine(stage)
        if self._line is not None:
            self._line.update(done, total)

    def close(self) -> None:
        """End the line that is open, if any."""
        if self._line is not None:
            self._line.__exit__(None, None, None)
            self._line = None


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep the libraries' own bars and hints off the screen, and off the network, while the block runs."""
    wanted = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "DIFFUSERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update({name: value for name, value in wanted.items() if before[name] is None})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
