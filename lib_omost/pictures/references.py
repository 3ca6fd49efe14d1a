"""The pictures that regions name as their references: files in one folder, those of the page under what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib_omost.canvas.reference import is_picture
from lib_omost.disk import DATA_ELSEWHERE, write_whole
from lib_omost.errors import BadInputError

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = "references"  # in the folder of the program's own data
MOST_PICTURES = 2000
_DIGITS = 24  # of the digest that is a picture's name
NO_ADAPTER = "a region's reference picture needs an IP-Adapter, or a checkpoint of Flux 1 Kontext or Flux.2 Klein"
ADAPTER_HINT = "name one by --ip-adapter FILE, and its image encoder by --image-encoder FOLDER"
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class AdapterFiles:
    """What the program by itself reads reference pictures with.

    adapter: a .safetensors file. encoder: a folder of transformers with the CLIP that the adapter was made for.
    """

    adapter: Path | None = None
    encoder: Path | None = None

    def why_not(self) -> str:
        """Why regions can have no reference, and what to do; nothing where they can, as far as is known."""
        return "" if self.adapter is not None and self.encoder is not None else f"{NO_ADAPTER}: {ADAPTER_HINT}"


@dataclass(frozen=True)
class ReferencePictures:
    """A folder, which is made when the first picture is kept. Raises BadInputError, OmostError.

    What a user puts there by hand may be named too: any PNG, JPEG or WebP file.
    """

    folder: Path

    def keep(self, file: bytes) -> str:
        """A picture's file, kept small and without its metadata; its name is the same wherever it is kept."""
        from lib_omost.pictures.small import small_png

        png = small_png(file)
        name = f"{_digest_of(png)}.png"
        target = self.folder / name
        if not target.exists():
            if sum(1 for _ in self.folder.glob("*.png")) >= MOST_PICTURES:
                raise BadInputError(
                    f"there are {MOST_PICTURES} reference pictures", hint=f"delete some of {self.folder}"
                )
            write_whole(target, png, what="the reference picture", elsewhere=DATA_ELSEWHERE)
        return name

    def png(self, name: str) -> bytes:
        """The picture of that name, as a PNG file of at most 1024 pixels a side."""
        from lib_omost.pictures.small import small_png

        file = self.folder / name
        is_there = is_picture(name) and file.suffix.lower() in _SUFFIXES and file.is_file()
        try:
            data = file.read_bytes() if is_there else None
        except OSError:
            data = None
        if data is None:
            raise BadInputError(
                f"there is no reference picture {name[:100]!r}",
                hint=f"choose the region's picture again, or put that file into {self.folder}",
            )
        return small_png(data)

    def image(self, name: str) -> Image:
        """The picture of that name in RGB."""
        import io

        from PIL import Image as Images

        with Images.open(io.BytesIO(self.png(name))) as opened:
            pixels: Image = opened.convert("RGB")
        return pixels


def _digest_of(png: bytes) -> str:
    """Of the pixels: how a library packs them may change."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        pixels = image.convert("RGB")
        size = f"{pixels.width}x{pixels.height} ".encode()
        return hashlib.sha256(size + pixels.tobytes()).hexdigest()[:_DIGITS]
