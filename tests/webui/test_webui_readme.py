"""What README says of WebUIs is what the program knows of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lib_omost.hosts.webui.capabilities.families import ANIMA
from lib_omost.hosts.webui.capabilities.steerable import SOURCES

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
IN_A_WEBUI = README.partition("## In a WebUI")[2].partition("\n## ")[0]
POINTS = [" ".join(point.split()) for point in re.split(r"^- ", IN_A_WEBUI, flags=re.M)]


@pytest.mark.parametrize("family", SOURCES)
def test_every_family_is_named_and_whether_it_takes_negative_words(family: str) -> None:
    (families,) = (point for point in POINTS if point.startswith("SD1.x and SDXL"))
    assert family in families
    (powers,) = (point for point in POINTS if point.startswith("A region has negative words"))
    assert (family in powers.partition(")")[0]) is (family != ANIMA)  # it alone has cross-attention
