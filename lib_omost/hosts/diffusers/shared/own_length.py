"""Rows without a canvas keep texts of their own length, where a model is called with all rows at once.

The rows of one call must be equally long, and a model without a mask of its texts attends to all of them: so what was
put behind an unconditional text to make it as long as a canvas is taken off again, and these rows are called for apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.run import RegionalRun
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.rows import by_rows


@dataclass(frozen=True)
class OwnLength:
    """A `Layer` around the whole denoiser, whose forward is given `hidden_states` and `encoder_hidden_states` by name.

    tokens: how many each text has that is no canvas.
    """

    name: str
    module: Any
    tokens: int
    depth: None = None

    def regional(self, original: Forward, call: RegionalCall) -> Forward:
        """The denoiser's forward, called once for each canvas and once for all other rows where lengths differ."""

        def steer(run: RegionalRun, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            rows = len(argument(arguments, keywords, 0, "hidden_states"))
            with call.within([run] * rows, call.height, call.width):
                return original(*arguments, **keywords)

        def alone(*arguments: Any, **keywords: Any) -> Any:
            text = keywords["encoder_hidden_states"][:, : self.tokens]
            with call.within([None] * len(text), call.height, call.width):
                return original(*arguments, **{**keywords, "encoder_hidden_states": text})

        def forward(*arguments: Any, **keywords: Any) -> Any:
            text = keywords.get("encoder_hidden_states")
            if not call.groups or call.others is None or text is None or text.shape[1] <= self.tokens:
                return original(*arguments, **keywords)
            keywords["return_dict"] = False
            return by_rows(call, arguments, keywords, given=len(text), original=alone, steer=steer)

        return forward
