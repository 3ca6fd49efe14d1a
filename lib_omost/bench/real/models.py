"""The judge: a detector or a CLIP that the user has, or names on the hub, through transformers' pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lib_omost.bench.real.judging import Box, Compare, Detect, Found, Judge, by_comparison, by_detector
from lib_omost.errors import ModelError
from lib_omost.mini.scenes import Image

ZERO_SHOT, DETECTION, COMPARISON = "zero-shot-object-detection", "object-detection", "zero-shot-image-classification"
_SAID = "a photo of a {}"


def task_of(name: str) -> tuple[str, str]:
    """What a model can do here, a task of transformers, and its kind. Raises ModelError when that is nothing."""
    from transformers import AutoConfig
    from transformers.models.auto import modeling_auto as known

    try:
        kind = str(AutoConfig.from_pretrained(name).model_type)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{name} is no model that can be read: {_first_line(error)}", hint=_HINT) from error
    tasks = (
        (ZERO_SHOT, known.MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES),
        (DETECTION, known.MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES),
        (COMPARISON, known.MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION_MAPPING_NAMES),
    )
    for task, kinds in tasks:
        if kind in kinds:
            return task, kind
    raise ModelError(f"{name} is a model of the kind {kind!r}, which finds no things in pictures", hint=_HINT)


_HINT = "name a detector such as OWLv2, Grounding DINO, DETR or YOLOS, or a CLIP, by its folder or its name on the hub"


def open_judge(name: str, threshold: float) -> Judge:
    """The judge that a model makes. threshold: the least score of what a detector finds. Raises ModelError."""
    import torch
    from transformers import pipeline

    task, _ = task_of(name)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        runs: Any = pipeline(task, model=name, device=device)
    except (OSError, ValueError, ImportError) as error:
        raise ModelError(f"{name} cannot be loaded: {_first_line(error)}", hint=_HINT) from error
    if task == COMPARISON:
        return by_comparison(_compare(runs))
    return by_detector(_detect(runs, threshold, is_told=task == ZERO_SHOT))


def _detect(runs: Any, threshold: float, *, is_told: bool) -> Detect:
    """is_told: the model is told the nouns; else it knows COCO's."""

    def detect(image: Image, nouns: Sequence[str]) -> list[Found]:
        import PIL.Image

        labels = {"candidate_labels": list(nouns)} if is_told else {}
        height, width = image.shape[:2]
        found = runs(PIL.Image.fromarray(image), threshold=threshold, **labels)
        return [Found(one["label"], _box(one["box"], width, height), float(one["score"])) for one in found]

    return detect


def _compare(runs: Any) -> Compare:
    def compare(image: Image, nouns: Sequence[str]) -> str:
        import PIL.Image

        found = runs(PIL.Image.fromarray(image), candidate_labels=list(nouns), hypothesis_template=_SAID)
        return str(max(found, key=lambda one: one["score"])["label"])

    return compare


def _box(pixels: dict[str, float], width: int, height: int) -> Box:
    return Box(pixels["xmin"] / width, pixels["ymin"] / height, pixels["xmax"] / width, pixels["ymax"] / height)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
