"""The draft as img2img's init image: which of the page's widgets it goes to, and the picture itself."""

from __future__ import annotations

from typing import Any

from lib_omost.canvas import draft_image, read_canvas

IMAGE, WIDTH, HEIGHT, DENOISE = "img2img_image", "img2img_width", "img2img_height", "img2img_denoising_strength"


class DraftTarget:
    """The widgets of img2img that the draft's button reads and fills, noticed as the host makes them."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._canvas_parts = 0

    def notice(self, component: Any, elem_id: str | None) -> bool:
        """Whether the last one that was missing is there now."""
        was_complete = self.is_complete
        if elem_id in (WIDTH, HEIGHT, DENOISE) or (elem_id == IMAGE and takes_pictures(component)):
            self._found.setdefault(str(elem_id), component)
        elif IMAGE not in self._found and self._follows_image(component, elem_id):
            self._found[IMAGE] = component
        return self.is_complete and not was_complete

    @property
    def is_complete(self) -> bool:
        return self._found.keys() == {IMAGE, WIDTH, HEIGHT, DENOISE}

    @property
    def image(self) -> Any:
        return self._found[IMAGE]

    @property
    def width(self) -> Any:
        return self._found[WIDTH]

    @property
    def height(self) -> Any:
        return self._found[HEIGHT]

    @property
    def denoise(self) -> Any:
        return self._found[DENOISE]

    def _follows_image(self, component: Any, elem_id: str | None) -> bool:
        """Forge's init image is an HTML block of that name, followed by its foreground and its background."""
        if elem_id == IMAGE:
            self._canvas_parts = 1
            return False
        return bool(self._canvas_parts) and is_canvas_background(component)


def draft_picture(canvas: str, width: int, height: int) -> Any:
    """The blurred draft as a PIL image of `width` × `height` pixels. Raises CanvasError when there is no canvas."""
    from PIL import Image

    return Image.fromarray(draft_image(read_canvas(canvas).require_canvas(), width, height, blurred=True))


def takes_pictures(component: Any) -> bool:
    """Whether it is Gradio's own widget for pictures."""
    return type(component).__name__ == "Image"


def is_canvas_background(component: Any) -> bool:
    """Whether it holds the picture of Forge's canvas, an HTML block that is followed by its foreground and this."""
    return "logical_image_background" in (getattr(component, "elem_classes", None) or [])
