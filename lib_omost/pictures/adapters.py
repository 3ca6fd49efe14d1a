"""What the weights of an IP-Adapter tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

READS_FACES = "reads faces, which takes other software"
_FACE = 512  # numbers that insightface makes of one
_PROJECTIONS = ("image_proj.proj.0.weight", "image_proj.proj_in.weight")
_MARKS = ("to_q_lora", "perceiver_resampler.", "id_encoder.", "image_proj.mapping_0.")


def reads_faces(shapes: Iterable[tuple[str, Sequence[int]]]) -> bool:
    """Whether it is made for FaceID, InstantID or PuLID, which read a face and no picture, by its names and shapes."""
    return any(
        any(mark in name for mark in _MARKS) or (name in _PROJECTIONS and len(shape) == 2 and shape[1] == _FACE)
        for name, shape in shapes
    )
