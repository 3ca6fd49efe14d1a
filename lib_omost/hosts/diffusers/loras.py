"""LoRA files beside a pipeline: which there are, what each changes in it, and text encoders under some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lib_omost.attention.call import TensorForward
from lib_omost.canvas import Lora
from lib_omost.errors import BadInputError, ModelError
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.weights import read_tensors
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.hosts.loras import without_loras
from lib_omost.loras.difference import Difference
from lib_omost.loras.kohya import LoraFile, read_lora
from lib_omost.reasons import reason

SUFFIX = ".safetensors"


@dataclass(frozen=True)
class LoraFolder:
    """The files of a folder and of those in it, by their names without suffix; None is no folder.

    takes_paths: a name may also be the path of a file, as on a command line.
    """

    folder: Path | None = None
    takes_paths: bool = False

    def names(self) -> list[str]:
        """All names, in the order of the alphabet."""
        return sorted({file.stem for file in self._files()}, key=str.casefold)

    def file(self, name: str) -> Path:
        """The file of that name. Raises BadInputError when there is none."""
        path = Path(name)
        if self.takes_paths and path.suffix == SUFFIX and path.is_file():
            return path
        found = next((file for file in self._files() if file.stem == name), None)
        if found is None:
            where = (
                f"put {name}{SUFFIX} into {self.folder}" if self.folder is not None else "name its folder by --lora-dir"
            )
            raise BadInputError(f"there is no LoRA {name!r}", hint=where)
        return found

    def _files(self) -> list[Path]:
        return [] if self.folder is None else sorted(self.folder.rglob(f"*{SUFFIX}"))


NO_LORAS = LoraFolder()


@dataclass(frozen=True)
class PipelineLoras:
    """LoRA as one pipeline has them; each file is read once."""

    pipeline: Pipeline
    folder: LoraFolder
    _read: dict[str, LoraFile] = field(default_factory=dict)

    def named(self, name: str) -> LoraFile:
        """What the file of that name changes in the pipeline. Raises BadInputError, ModelError, by its name."""
        unet = getattr(self.pipeline, "unet", None)
        if unet is None:
            raise without_loras(type(self.pipeline).__name__)
        if name not in self._read:
            file = self.folder.file(name)
            try:
                tensors = read_tensors(file)
            except Exception as error:  # whatever a damaged file makes safetensors raise
                raise ModelError(
                    f"cannot read the LoRA {name}: {reason(error)}", hint="the file may be cut short or damaged"
                ) from error
            self._read[name] = read_lora(name, tensors, unet, _encoders(self.pipeline))
        return self._read[name]

    @contextmanager
    def in_text(self, loras: Sequence[Lora]) -> Iterator[None]:
        """The pipeline's text encoders under these LoRA while the block runs."""
        with ExitStack() as undo:
            for place, encoder in enumerate(_encoders(self.pipeline)):
                changed: dict[str, list[Difference]] = {}
                for lora in loras:
                    for layer, difference in self.named(lora.name).texts[place].items():
                        changed.setdefault(layer, []).append(difference.scaled(lora.text))
                modules = dict(encoder.named_modules())
                for layer, differences in changed.items():
                    module = modules[layer]
                    undo.enter_context(forward_replaced(module, _added(module.forward, differences, module.weight)))
            yield

    def layers(self, name: str) -> Mapping[str, Difference]:
        """What it changes in the UNet."""
        return self.named(name).unet


def _added(own: TensorForward, differences: Sequence[Difference], like: torch.Tensor) -> TensorForward:
    ready = [one.to(like.device, like.dtype) for one in differences]

    def forward(x: torch.Tensor) -> torch.Tensor:
        out = own(x)
        for difference in ready:
            out = out + difference.of(x)
        return out

    return forward


def _encoders(pipeline: Pipeline) -> tuple[Any, ...]:
    found = (getattr(pipeline, name, None) for name in ("text_encoder", "text_encoder_2"))
    return tuple(encoder for encoder in found if encoder is not None)
