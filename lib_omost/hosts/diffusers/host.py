"""A diffusers pipeline as a `Host`: its tokenizer and text encoders, and its denoiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib_omost.canvas import Lora
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.loras import NO_LORAS, LoraFolder, PipelineLoras
from lib_omost.hosts.diffusers.shared.family import Texts
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.host import EncodedText
from lib_omost.loras.difference import Difference
from lib_omost.prompts import Bag


@dataclass(frozen=True)
class DiffusersHost:
    """A pipeline, and LoRA beside it. Its prompts have no syntax, and its texts are cut into bags."""

    texts: Texts
    denoiser: Denoiser
    loras: PipelineLoras
    long_texts: bool = False
    reads_syntax: bool = False

    @property
    def bag_limit(self) -> int:
        """Of its text encoders."""
        return self.texts.limit

    def literal(self, text: str, /) -> str:
        """The text itself."""
        return text

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By the pipeline's tokenizer for tokens."""
        return self.texts.tokenize(text)

    def encode(self, bags: Sequence[Bag], loras: Sequence[Lora] = (), /) -> list[EncodedText]:
        """As the family's text encoders do."""
        with self.loras.in_text(loras):
            return self.texts.encode(bags)

    def lora_layers(self, name: str, /) -> Mapping[str, Difference]:
        """Those of the file of that name."""
        return self.loras.layers(name)


def host_of(pipeline: Pipeline, batch: int, loras: LoraFolder = NO_LORAS) -> DiffusersHost:
    """The host that draws `batch` pictures at once. Raises OmostError for a model that has no place for regions."""
    family = family_of(pipeline)
    return DiffusersHost(family.texts(pipeline), family.denoiser(pipeline, batch), PipelineLoras(pipeline, loras))
