"""docs/dependencies.md says of every package why it is there."""

from __future__ import annotations

import re

import make


def test_every_requirement_is_explained() -> None:
    project = (make.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^[\w-]+ = \[\n(.*?)^\]", project.split("[project.optional-dependencies]")[1], re.M | re.S)
    required = set(re.findall(r'^\s*"([A-Za-z0-9_-]+)', "".join(lists[:4]), re.M)) | {"numpy"}
    required |= set(re.findall(r"^([A-Za-z0-9_-]+)", make.DATA_PACKAGES.read_text(encoding="utf-8"), re.M))
    explained = set(re.findall(r"[A-Za-z0-9_-]+", (make.ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")))
    assert len(required) > 20
    assert required - explained == set()
