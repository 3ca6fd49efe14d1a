"""What a library says went wrong, without its advice: that may be to load what is not safe to load, or to check a
connection that nobody asked for."""

from __future__ import annotations

_LONGEST = 300  # characters
_UNSAFE = ("weights_only", "trust_remote_code")
_CONNECTION = ("couldn't connect", "could not connect", "internet connection", "offline mode", "outgoing traffic")


def reason(error: BaseException) -> str:
    """Why files on this computer could not be read, in one line."""
    whole = str(error).strip()
    first = next(iter(whole.splitlines()), "").strip()
    if any(word in whole for word in _UNSAFE):
        return "it holds code, which is not run"
    if any(word in whole.lower() for word in _CONNECTION):
        return "a file of it is missing"
    return first[:_LONGEST] if " " in first else f"{type(error).__name__} {first}"[:_LONGEST].strip()
