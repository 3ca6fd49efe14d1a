"""Which IP-Adapters read pictures and which read faces, by the shapes of real ones' weights."""

from __future__ import annotations

import pytest

from lib_omost.pictures.adapters import reads_faces

LAYER = ("ip_adapter.1.to_k_ip.weight", (320, 768))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("image_proj.proj.weight", (3072, 1024)),  # the plain one
        ("image_proj.proj_in.weight", (768, 1280)),  # plus
        ("image_proj.proj_in.weight", (1280, 1664)),  # plus for SDXL
        ("image_proj.proj.0.weight", (1280, 1280)),  # full face, which reads a picture of one
    ],
)
def test_those_that_read_pictures(name: str, shape: tuple[int, ...]) -> None:
    assert not reads_faces([LAYER, (name, shape)])


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("image_proj.proj.0.weight", (1024, 512)),  # FaceID and its portraits
        ("ip_adapter.0.to_q_lora.down.weight", (128, 320)),
        ("image_proj.perceiver_resampler.proj_in.weight", (768, 1280)),  # FaceID Plus
        ("image_proj.proj_in.weight", (1280, 512)),  # InstantID
        ("image_proj.mapping_0.0.weight", (1024, 1024)),  # PuLID
    ],
)
def test_those_that_read_faces(name: str, shape: tuple[int, ...]) -> None:
    assert reads_faces([LAYER, (name, shape)])
