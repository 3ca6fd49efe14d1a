"""Tables of positions that are too short for the texts of all regions in a row, made longer while a canvas is drawn.

A model that numbers its tokens has a table as long as its longest text. It looks up the numbers of all regions' tokens
in a row before any layer is told those that hold, each text's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib_omost.attention.call import Forward, RegionalCall

Lengthened = Callable[[int], Any]  # how many positions → the table, which is the model's own as far as that goes


@dataclass(frozen=True)
class LongerPositions:
    """A `Layer` around the whole denoiser: the attribute `freqs_cis` of its `embedder` is longer within a call.

    known: positions in the model's own table. spare: those that are needed beside the tokens.
    """

    name: str
    module: Any
    embedder: Any
    known: int
    spare: int
    lengthened: Lengthened
    depth: None = None

    def regional(self, original: Forward, call: RegionalCall) -> Forward:
        """The denoiser's forward, with a table that holds the canvas's tokens; the model's own is back after it."""

        def forward(*arguments: Any, **keywords: Any) -> Any:
            needed = max((len(run.context.embeddings) for run, _ in call.groups), default=0) + self.spare
            if needed <= self.known or not call.groups:
                return original(*arguments, **keywords)
            before = self.embedder.freqs_cis
            self.embedder.freqs_cis = call.groups[0][0].kept(("table", needed), lambda: self.lengthened(needed))
            try:
                return original(*arguments, **keywords)
            finally:
                self.embedder.freqs_cis = before

        return forward
