"""The language of plans and edits, told in words and by examples to a model that was not trained on it.

What it is asked in the end is the composer's own prompt (`compose.prompt`), so a reply means the same.
"""

from __future__ import annotations

from lib_omost.chat.model import Message
from lib_omost.compose.edit import NUDGES, SCALES
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import compose_prompt, edit_prompt
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.compose.vocabulary import PLACES, RELATIONS

_SINGLE = [kind for kind in RELATIONS if kind != "between"]
_PLAN = f"""\
scene: what is everywhere (place, light, weather); a colour
style: medium and mood, where the message names one
no: what must not be seen, where the message says so
 thing; place; relation; size; depth; colour

Everything is in lower-case English; what the message says in another language is translated. The last line stands once
for each thing that can be seen, the most important first. A thing has no article and stands in the singular, behind
"2 x " to "6 x " when there are several. What is not known is left out, the order stays:
place: {", ".join(PLACES)}, or corners for several of a thing
relation to another thing of the list, in its words: {", ".join(_SINGLE)} THING, or between THING and THING
size: small, medium or large, with " tall" or " wide" behind it where it is not square
depth: near or far
colour: a name of HTML, such as crimson or lightsteelblue"""

PLANNING = f"You compose pictures. Write the plan of the picture that the user asks for, and nothing else:\n\n{_PLAN}"

EDITING = f"""\
You change pictures. You are shown a picture, its things by number, and what the user wants changed. Write only what
changes, one line each; what no line names stays as it is:

color 1: colour
move 1: place, or relation to another number (move 1: left of 2)
shift 1: {", ".join(NUDGES)}, or slightly left and so on
size 1, 2: {", ".join(SCALES)}, or a size
depth 1: nearer, farther, near, far
swap 1, 2
remove 1
replace 1: another thing; colour
describe 1: the same thing in more words
add: thing; place; relation to a number; size; depth; colour
scene: another scene; colour
style: another style
no: what must not be seen

"all" in place of the numbers means every thing. When the message asks for no change, write "nothing". When it asks for
another picture, write "new", and below it the plan of that:

{_PLAN}"""

# What people say, and its plan.
PLANS = (
    (
        "a watercolour of an old pier at dawn: a fisherman sits on a crate on the left, two gulls above him, far away a"
        " small sailing boat",
        "scene: old pier at dawn; lightsteelblue\nstyle: watercolor\n fisherman; on crate; medium tall; near\n"
        " crate; bottom left; small; near; saddlebrown\n 2 x gull; above fisherman; small; white\n"
        " sailing boat; right; small; far; white\n",
    ),
    (
        "ein Obstkorb auf einem Holztisch, ohne Teller",
        "scene: kitchen; wheat\nno: plates\n wooden table; bottom; large wide; peru\n"
        " fruit basket; on wooden table; medium; near; goldenrod\n",
    ),
    (
        "three paper lanterns in a row in front of a temple gate, foggy night",
        "scene: foggy night; darkslategray\n temple gate; center; large tall; dimgray\n"
        " 3 x paper lantern; in front of temple gate; small; near; gold\n",
    ),
)

# Changes of the first of these pictures.
EDITS = (
    ("paint the boat crimson and make it larger", "color 5: crimson\nsize 5: larger\n"),
    ("the fisherman should be on the right, and remove the birds", "move 1: right\nremove 3, 4\n"),
    (
        "it is evening now, with a lighthouse behind the boat",
        "scene: old pier in the evening; midnightblue\nadd: lighthouse; behind 5; small tall; white\n",
    ),
)


def planning() -> list[tuple[Message, ...]]:
    """What stands before a prompt for a plan; behind it shorter forms, with fewer examples."""
    return _openings(PLANNING, [(compose_prompt(message), plan) for message, plan in PLANS])


def editing() -> list[tuple[Message, ...]]:
    """What stands before a prompt for edits; behind it shorter forms."""
    standing = to_canvas(read_plan(PLANS[0][1]))
    return _openings(EDITING, [(edit_prompt(standing, message), edits) for message, edits in EDITS])


def _openings(told: str, examples: list[tuple[str, str]]) -> list[tuple[Message, ...]]:
    system = Message("system", told)
    turns = [(Message("user", asked), Message("assistant", reply)) for asked, reply in examples]
    return [(system, *(turn for round_ in turns[:number] for turn in round_)) for number in range(len(turns), -1, -1)]
