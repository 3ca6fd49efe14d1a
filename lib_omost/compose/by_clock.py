"""Places by the clock and by the compass, said as places of a picture: "at 10 o'clock" is at the top left.

Only where a message has two of them, or speaks of a position: by itself "at 5 o'clock" is an hour.
"""

from __future__ import annotations

import re

_OF_THE_CLOCK = (  # from twelve on
    *("at the top", "in the top right", "in the top right", "on the right", "in the bottom right"),
    *("in the bottom right", "at the bottom", "in the bottom left", "in the bottom left", "on the left"),
    *("in the top left", "in the top left"),
)
_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_HOUR = rf"(?P<hour>1[0-2]|[1-9]|{'|'.join(_HOURS)}) o['’]?clock(?P<position> (?:position|direction))?"
_CLOCK = re.compile(rf"\b(?:at |in )?(?:the )?{_HOUR}\b", re.I)
_OF_THE_COMPASS = {"north": "at the top", "south": "at the bottom", "west": "on the left", "east": "on the right"}
_OF_THE_COMPASS |= {
    f"{down}{join}{across}": f"in the {height} {side}"
    for down, height in (("north", "top"), ("south", "bottom"))
    for across, side in (("west", "left"), ("east", "right"))
    for join in ("", "-")
}
_SIDES = "|".join(sorted(_OF_THE_COMPASS, key=len, reverse=True))
_COMPASS = re.compile(
    rf"(?:(?<![a-z])(?P<bare>{_SIDES})(?=:)|\b(?:in|to|on|at) the (?P<side>{_SIDES})(?= *(?:[,.;:]|and\b|$)))", re.I
)


def by_clock(message: str) -> str:
    """The message with such places in words of the picture; the same one where it has none."""
    hours = list(_CLOCK.finditer(message))
    if len({match["hour"].lower() for match in hours}) > 1 or any(match["position"] for match in hours):
        message = _CLOCK.sub(lambda match: _OF_THE_CLOCK[_hour(match["hour"])], message)
    sides = [(match["bare"] or match["side"]).lower() for match in _COMPASS.finditer(message)]
    if len(set(sides)) > 1:
        message = _COMPASS.sub(lambda match: _OF_THE_COMPASS[(match["bare"] or match["side"]).lower()], message)
    return message


def _hour(said: str) -> int:
    return (int(said) if said.isdecimal() else _HOURS.index(said.lower())) % len(_HOURS)
