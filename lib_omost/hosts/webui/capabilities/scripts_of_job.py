"""The other scripts of a job, and what each was given."""

from __future__ import annotations

from typing import Any


def scripts_of(p: Any) -> list[Any]:
    """Those of the job's tab, in the order in which the host calls them."""
    return list(getattr(getattr(p, "scripts", None), "alwayson_scripts", None) or ())


def title_of(script: Any) -> str | None:
    """The name that the page and the API know a script by; None where it has none."""
    try:
        return str(script.title())
    except Exception:  # noqa: BLE001 (another extension's)
        return None


def chosen_script(p: Any) -> str | None:
    """The name of the one that is chosen under *Script* and calls the job itself; None where none is."""
    chosen = next(iter(getattr(p, "script_args", None) or ()), 0)
    scripts = list(getattr(getattr(p, "scripts", None), "selectable_scripts", None) or ())
    return title_of(scripts[chosen - 1]) if isinstance(chosen, int) and 0 < chosen <= len(scripts) else None


def first_argument(p: Any, script: Any) -> Any:
    """A script's first argument, which is the switch of most; None where the job has none for it."""
    first, arguments = getattr(script, "args_from", None), list(getattr(p, "script_args", None) or ())
    return arguments[first] if first is not None and first < len(arguments) else None
