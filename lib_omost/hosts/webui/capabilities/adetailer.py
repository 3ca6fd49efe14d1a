"""ADetailer's inner jobs: each face or hand that it finds is inpainted as a job of its own, with a prompt of its own.

Which scripts go along with such a job is the answer of its `script_filter(p, arguments)`, asked once for each of its
units: a copy of the job's script runner, with a few of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ADETAILER = "ADetailer"  # the script's title
TURNED = "_omost_turn"  # on the runner of inner jobs, which ends with them

Turn = Callable[[Any], None]  # an inner job, before it begins


def is_inner_run(p: Any) -> bool:
    """Whether ADetailer draws what it found in another job's picture."""
    return bool(getattr(p, "_ad_inner", False))


def join_inner_runs(p: Any, script: Any, turn: Callable[[Any, Any], Turn | None]) -> None:
    """Let our script go along with the inner jobs of `p`, in the place of what an earlier job asked for.

    turn: told the job and the arguments of ADetailer's unit, what is done to each of the unit's jobs; None is nothing.
    """
    leave_inner_runs(p)
    detailer = _adetailer_of(p)
    if detailer is None:
        return
    original = detailer.script_filter

    def script_filter(outer: Any, arguments: Any, *more: Any, **named: Any) -> Any:
        runner, script_args = original(outer, arguments, *more, **named)
        own = turn(outer, arguments)
        if own is not None:
            vars(runner)[TURNED] = own
            if script not in runner.alwayson_scripts:
                runner.alwayson_scripts = [*runner.alwayson_scripts, script]
            if hasattr(runner, "callback_map"):
                runner.callback_map = {}  # the copy shares what hosts keep of who is called, by how many there are
        return runner, script_args

    script_filter.omost_original = original  # type: ignore[attr-defined]
    detailer.script_filter = script_filter


def leave_inner_runs(p: Any) -> None:
    """ADetailer's script is as it was."""
    detailer = _adetailer_of(p)
    if detailer is not None and hasattr(vars(detailer).get("script_filter"), "omost_original"):
        del detailer.script_filter


def take_turn(p: Any) -> None:
    """What was told to be done to the inner job `p`."""
    turn: Turn | None = getattr(getattr(p, "scripts", None), TURNED, None)
    if turn is not None:
        turn(p)


def _adetailer_of(p: Any) -> Any:
    """Its script among those of a job, None where there is none."""
    for script in getattr(getattr(p, "scripts", None), "alwayson_scripts", None) or ():
        if hasattr(script, "script_filter") and script.title() == ADETAILER:
            return script
    return None
