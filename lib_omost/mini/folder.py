"""Where the shipped mini checkpoint is, and what marks a folder as one."""

from __future__ import annotations

from pathlib import Path

from lib_omost.errors import ModelError
from lib_omost.shipped import CHECKOUT_ONLY, is_installed, shipped

SPARSE_TEXT_ENCODER = Path("text_encoder", "sparse_model.safetensors")  # no loader mistakes it for a whole model


def mini_folder() -> Path:
    """The folder `assets/mini` of a checkout or an extension folder.

    Raises ModelError when it is not there.
    """
    folder = shipped("assets", "mini")
    check_mini_folder(folder)
    return folder


def is_mini_folder(folder: Path) -> bool:
    """Whether `folder` is in the layout of the mini checkpoint: diffusers, but with a sparse token table."""
    return (folder / SPARSE_TEXT_ENCODER).is_file()


def check_mini_folder(folder: Path) -> None:
    """Raise ModelError unless `is_mini_folder(folder)`."""
    if not is_mini_folder(folder):
        what_to_do = "run from a complete checkout of the project, or make one with tools/train_mini.py"
        hint = f"{CHECKOUT_ONLY}; name a checkpoint of your own" if is_installed() else what_to_do
        raise ModelError(f"no mini checkpoint in {folder}", hint=hint)
