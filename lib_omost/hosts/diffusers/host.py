"""A diffusers pipeline as a `Host`: its tokenizer and text encoders, and its denoiser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.family import Texts
from lib_omost.hosts.diffusers.pipeline import Pipeline
from lib_omost.hosts.host import EncodedText
from lib_omost.prompts import Bag


@dataclass(frozen=True)
class DiffusersHost:
    """A pipeline. Its prompts have no syntax, and its texts are cut into bags."""

    texts: Texts
    denoiser: Denoiser
    long_texts: bool = False

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

    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """As the family's text encoders do."""
        return self.texts.encode(bags)


def host_of(pipeline: Pipeline, batch: int) -> DiffusersHost:
    """The host that draws `batch` pictures at once. Raises OmostError for a model that has no place for regions."""
    family = family_of(pipeline)
    return DiffusersHost(family.texts(pipeline), family.denoiser(pipeline, batch))
