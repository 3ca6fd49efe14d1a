"""An extension for the tests in real hosts: ADetailer beside it finds one thing without a model, and tells its jobs."""

from __future__ import annotations

from typing import Any

from modules import script_callbacks, scripts
from PIL import Image

MODEL = "stand-in.pt"
FOUND = (0.6, 0.3, 0.9, 0.7)  # left, top, right, bottom as shares of the picture
TOLD: list[dict[str, Any]] = []


def stand_in(module: Any) -> None:
    """The module of ADetailer's script finds what it is told to, and what its inner jobs were drawn from is kept."""
    process_images = module.process_images

    def predict(_model: Any, image: Image.Image, **_: Any) -> Any:
        sides = (image.width, image.height, image.width, image.height)
        box = [round(share * side) for share, side in zip(FOUND, sides, strict=True)]
        mask = Image.new("L", image.size)
        mask.paste(255, tuple(box))
        return module.PredictOutput(bboxes=[box], masks=[mask], confidences=[0.9], preview=image)

    def told(p: Any) -> Any:
        processed = process_images(p)
        if getattr(p, "_ad_inner", False):
            TOLD.append({"prompt": processed.all_prompts[0], "negative": processed.all_negative_prompts[0]})
        return processed

    module.ultralytics_predict, module.process_images = predict, told
    module.model_mapping[MODEL] = MODEL


def on_before_ui() -> None:
    """All scripts are loaded."""
    for data in scripts.scripts_data:
        if hasattr(data.script_class, "script_filter"):
            from adetailer import PredictOutput

            data.module.PredictOutput = PredictOutput
            stand_in(data.module)


def on_app_started(_page: Any, app: Any) -> None:
    """`omost-detector/told`: what the inner jobs were drawn from since it was asked last."""

    def told() -> list[dict[str, Any]]:
        found, TOLD[:] = list(TOLD), []
        return found

    app.get("/omost-detector/told")(told)


script_callbacks.on_before_ui(on_before_ui)
script_callbacks.on_app_started(on_app_started)
