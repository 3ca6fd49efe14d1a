"""The host's models make room for a language model and come back for the picture, by the host's own functions."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.hosts.webui.memory import ROOM_FOR_STEPS, free_bytes, host_memory

GIB = 2**30


@pytest.fixture
def sd_models(modules: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The host's loader around one small model, on a card of which 1 GiB is free."""
    fake = SimpleNamespace(model_data=SimpleNamespace(sd_model=torch.nn.Linear(8, 4, bias=False)), calls=[])
    fake.send_model_to_cpu = lambda model: fake.calls.append(("cpu", model, fake.lock.locked()))
    fake.send_model_to_device = lambda model: fake.calls.append(("device", model, fake.lock.locked()))
    fake.lock = threading.Lock()
    monkeypatch.setitem(sys.modules, "modules.sd_models", fake)
    monkeypatch.setattr(sys.modules["modules"], "sd_models", fake, raising=False)
    monkeypatch.setitem(sys.modules, "modules.call_queue", SimpleNamespace(queue_lock=fake.lock))
    monkeypatch.setattr(sys.modules["modules.devices"], "device", torch.device("cuda:0"), raising=False)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (GIB, 8 * GIB))
    return fake


@pytest.fixture
def manager(sd_models: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Forge's memory manager."""
    fake = SimpleNamespace(calls=[])
    fake.get_torch_device = lambda: torch.device("cuda:0")
    fake.free_memory = lambda needed, device: fake.calls.append(("free", needed, device, sd_models.lock.locked()))
    fake.soft_empty_cache = lambda: fake.calls.append(("empty",))
    fake.minimum_inference_memory = lambda: 1024.0
    monkeypatch.setitem(sys.modules, "backend.memory_management", fake)
    unet = SimpleNamespace(model=sd_models.model_data.sd_model)
    sd_models.model_data.sd_model = SimpleNamespace(forge_objects=SimpleNamespace(unet=unet))
    return fake


def test_what_is_free_is_what_the_driver_says_of_the_hosts_card(sd_models: Any) -> None:
    assert free_bytes() == GIB
    sys.modules["modules.devices"].device = torch.device("cpu")  # --use-cpu all, whatever cards there are
    assert free_bytes() is None
    assert host_memory().free_bytes() is None


def test_a1111_sends_its_checkpoint_to_the_cpu_between_pictures_and_takes_it_back(sd_models: Any) -> None:
    memory = host_memory()
    memory.take_back()
    assert sd_models.calls == []
    model = sd_models.model_data.sd_model
    memory.free_host_memory(5 * GIB)
    assert sd_models.calls == [("cpu", model, True)]
    memory.take_back()
    memory.take_back()
    assert sd_models.calls[1:] == [("device", model, False)]  # a picture's own thread holds the lock already


def test_a1111_leaves_another_checkpoint_alone(sd_models: Any) -> None:
    memory = host_memory()
    memory.free_host_memory(1)
    sd_models.model_data.sd_model = torch.nn.Linear(2, 2)
    memory.take_back()
    assert len(sd_models.calls) == 1


def test_a1111_without_a_checkpoint_has_nothing_to_move(sd_models: Any) -> None:
    sd_models.model_data.sd_model = None
    memory = host_memory()
    memory.free_host_memory(1)
    memory.take_back()
    assert sd_models.calls == []
    assert memory.picture_memory_needed() == ROOM_FOR_STEPS


def test_a1111s_picture_needs_the_weights_that_are_off_the_card(sd_models: Any) -> None:
    assert host_memory().picture_memory_needed() == 8 * 4 * 4 + ROOM_FOR_STEPS
    sd_models.model_data.sd_model.lowvram = True
    assert host_memory().picture_memory_needed() == ROOM_FOR_STEPS


def test_making_room_waits_for_the_picture_that_is_being_made(sd_models: Any) -> None:
    memory = host_memory()
    with sd_models.lock:
        waiting = threading.Thread(target=lambda: memory.free_host_memory(1))
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        assert sd_models.calls == []
    waiting.join(5)
    assert len(sd_models.calls) == 1


def test_forges_own_manager_makes_room(manager: Any) -> None:
    memory = host_memory()
    memory.free_host_memory(5 * GIB)
    assert manager.calls == [("free", 5 * GIB, torch.device("cuda:0"), True), ("empty",)]
    memory.take_back()
    assert len(manager.calls) == 2
    assert memory.picture_memory_needed() == 8 * 4 * 4 + 1024


def test_forge_without_a_checkpoint(manager: Any, sd_models: Any) -> None:
    sd_models.model_data.sd_model = SimpleNamespace()
    assert host_memory().picture_memory_needed() == 1024
