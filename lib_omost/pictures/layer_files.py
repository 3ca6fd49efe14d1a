"""What layers with alpha are drawn with, by path: named on the command line before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LayerFiles:
    """LayerDiffuse's: what makes a UNet draw on nothing, and what reads alpha. None where one was not named."""

    attention: Path | None = None
    decoder: Path | None = None

    @property
    def are_there(self) -> bool:
        """Whether both were named."""
        return self.attention is not None and self.decoder is not None


NO_LAYERS = LayerFiles()
