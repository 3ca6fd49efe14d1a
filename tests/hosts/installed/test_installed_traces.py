"""Nothing is left behind: hooks, forwards, patches, memory, bytes; and importing costs next to nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from webui_process import started

from tests.hosts.installed.conftest import EXTENSIONS
from tests.hosts.installed.jobs import HIRES, JOB, draw, omost, same


@pytest.mark.parametrize("where", ["process", "process_batch", "process_before_every_sampling", "postprocess"])
def test_exception_in_another_script(host: Any, where: str) -> None:
    before, _ = draw(host)
    hooks = host.get("omost-probe/hooks")
    alone, _ = draw(host, **omost())
    fault = {"Omost probe": {"args": [where]}}
    beside, infotext = draw(host, alwayson_scripts=omost()["alwayson_scripts"] | fault)
    assert same(alone[0], beside[0])
    assert "Omost canvas" in infotext
    after, _ = draw(host)
    assert same(before[0], after[0])
    assert host.get("omost-probe/hooks") == hooks


def test_exception_inside_the_sampler(host: Any) -> None:
    before, _ = draw(host)
    hooks = host.get("omost-probe/hooks")
    scripts = omost()["alwayson_scripts"] | {"Omost probe": {"args": ["denoiser"]}}
    ancestral = {"sampler_name": "Euler a", "scheduler": "Automatic"}
    failed = host.call("txt2img", JOB | ancestral | {"alwayson_scripts": scripts})
    assert failed.status_code == 500
    after, _ = draw(host)
    assert same(before[0], after[0])
    assert host.get("omost-probe/hooks") == hooks


def test_every_forward_is_the_object_it_was(host: Any) -> None:
    draw(host)
    hooks = host.get("omost-probe/hooks")
    assert hooks["layers"] > 0
    assert (hooks["own_forwards"], hooks["unet_hooks"], hooks["wrapped_samplers"]) == (0, 0, 0)
    for changes in (omost(), omost(draft=True) | HIRES, omost(method="decomposition") | {"batch_size": 2}):
        draw(host, **changes)
        assert host.get("omost-probe/hooks") == hooks


def test_after_a_model_switch_nothing_hangs_on_either_model(host: Any) -> None:
    other = host.named("OTHER_CHECKPOINT")
    draw(host, **omost())
    first = host.get("omost-probe/hooks")
    draw(host, **omost(), override_settings={"sd_model_checkpoint": other})
    draw(host, **omost())
    assert (first["own_forwards"], first["unet_hooks"]) == (0, 0)
    again = host.get("omost-probe/hooks")
    assert (again["own_forwards"], again["unet_hooks"], again["wrapped_samplers"]) == (0, 0, 0)


IMPORT = """
import sys, time, types
import torch, fastapi, gradio, PIL.Image  # what the host has loaded before it loads scripts
callbacks = ("on_before_ui", "on_app_started", "on_script_unloaded")
facts = {"scripts": {"Script": object}, "script_callbacks": dict.fromkeys(callbacks, print)}
sys.modules["modules"] = types.ModuleType("modules")
for name, values in facts.items():
    module = types.ModuleType(f"modules.{name}")
    module.__dict__.update(values)
    sys.modules[module.__name__] = module
    setattr(sys.modules["modules"], name, module)
sys.path.insert(0, sys.argv[1])
started = time.process_time()
import lib_omost.ui.extension
print("seconds", time.process_time() - started)
"""


def test_importing_the_extension_takes_under_50_ms(host: Any) -> None:
    """Of the processor, in the host's interpreter, beside its own packages: the best of three starts."""
    command = [host.python, "-c", IMPORT, str(EXTENSIONS["omost"])]
    starts = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3)]
    assert min(float(one.split("seconds")[1]) for one in starts) < 0.05


def test_off_is_byte_identical_to_a_webui_without_the_extension(host: Any, tmp_path: Path) -> None:
    jobs: list[dict[str, Any]] = [{}, {"prompt": "a forest AND a lake", "batch_size": 2}, HIRES]
    off = [draw(host, **job) for job in jobs]
    assert "omost" in EXTENSIONS
    with started(host.name, tmp_path / "log.txt", {}) as without:
        bare = [draw(without, **job) for job in jobs]
    for (ours, our_text), (theirs, their_text) in zip(off, bare, strict=True):
        assert all(same(one, other) for one, other in zip(ours, theirs, strict=True))
        assert our_text == their_text
