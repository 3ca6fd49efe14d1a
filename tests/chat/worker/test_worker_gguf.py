"""A GGUF file in the worker goes to transformers, whatever else is installed that could run it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lib_omost.chat.models.catalogue import find_model
from lib_omost.chat.worker.child import loading
from lib_omost.chat.worker.child.engine import Order
from lib_omost.chat.worker.launch import Device


@pytest.mark.parametrize(("device", "on_cpu"), [(Device.CPU, True), (Device.BEST, False)])
def test_a_gguf_file_is_loaded_by_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: Device, on_cpu: bool
) -> None:
    asked: list[tuple[Path, dict[str, Any]]] = []
    monkeypatch.setitem(sys.modules, "llama_cpp", ModuleType("llama_cpp"))
    monkeypatch.setattr(loading, "load_model", lambda path, **rest: asked.append((path, rest)) or "the model")
    spec = find_model(str(tmp_path / "model.gguf"))
    assert loading.load(Order(spec, device, offline=True, report=lambda _: None)) == "the model"
    ((path, how),) = asked
    assert path == tmp_path / "model.gguf"
    assert (how["bounds"], how["on_cpu"], how["offload"]) == (spec.bounds, on_cpu, False)
