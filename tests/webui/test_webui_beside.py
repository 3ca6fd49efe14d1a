"""Other extensions in the same job, in the shapes that installed ones have: both show, or the job ends with a name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.others import extension_at, extension_of
from lib_omost.hosts.webui.sampling import NOT_DRAWN
from tests.webui.test_webui_hosts import CODE, forwards


def code_of(extension: str, source: str, name: str = "theirs") -> Any:
    """A function as if it stood in the folder of an installed extension."""
    names: dict[str, Any] = {"torch": torch}
    exec(compile(source, f"/webui/extensions/{extension}/scripts/own.py", "exec"), names)
    return names[name]


@pytest.fixture
def regional(job: Any) -> Any:
    """Another extension's script with regions of its own; its first argument is its switch."""
    script = SimpleNamespace(title=lambda: "Regional Prompter", args_from=1, args_to=3)
    job.scripts = SimpleNamespace(alwayson_scripts=[SimpleNamespace(), script])
    job.script_args = ["another's", True, "Latent"]
    return script


@pytest.mark.parametrize("name", ["Regional Prompter", "Forge Couple"])
def test_regions_of_another_extension_are_refused_by_name_before_anything_is_encoded(
    job: Any, run: Callable, regional: Any, name: str
) -> None:
    """Its Latent mode hangs nothing on the denoiser: of its AND parts ours would be one, on one of its places."""
    regional.title = lambda: name
    with pytest.raises(OmostError, match=f"{name} is on") as refused:
        run(job, True, CODE)
    assert "switch one of the two off" in refused.value.told
    assert job.encoded == []


def test_switched_off_it_is_no_hindrance_and_with_omost_off_neither(job: Any, run: Callable, regional: Any) -> None:
    plain = run(job, False, CODE)
    job.script_args = ["another's", False, "Latent"]
    assert not torch.allclose(run(job, True, CODE), plain)


class Hooked:
    """A script that replaces forwards for one job, as NegPiP does: after `process`, until a job has ended well."""

    def __init__(self, job: Any) -> None:
        self.job = job
        self.makes = code_of("sd-webui-negpip", "def theirs(*tensors, **named): raise AssertionError('never called')")

    def process_batch(self) -> None:
        for block in self.job.unet.blocks:
            block.attn2.forward = self.makes

    def postprocess(self) -> None:
        for block in self.job.unet.blocks:
            vars(block.attn2).pop("forward", None)


def test_what_another_extension_hung_on_the_layers_for_a_refused_job_is_gone_after_it(
    job: Any, script: Any, run: Callable
) -> None:
    """A refused job never reaches the hook in which such an extension cleans up, and the next one must draw."""
    expected = run(job, True, CODE)
    theirs = Hooked(job)
    script.process(job, True, CODE)
    theirs.process_batch()
    job.setup_conds()
    latents = torch.zeros(1, 4, 11, 8)
    script.process_before_every_sampling(job, True, CODE, x=latents)
    with pytest.raises(OmostError, match=r"\(sd-webui-negpip\) replaces the forward"):
        job.sampler.sample(job, latents, job.c, job.uc)
    assert forwards(job.unet) == [None, None]
    theirs.postprocess()  # of its own next job
    assert torch.equal(run(job, True, CODE), expected)


def test_a_job_that_ended_carries_nothing_of_it(job: Any, run: Callable) -> None:
    run(job, True, CODE)
    assert not [name for name in vars(job) if name.startswith("_omost")]


def test_a_hook_behind_the_layers_is_refused_by_name(job: Any, run: Callable) -> None:
    """It is called after our forward, and what it gives is what the UNet gets."""
    source = "def theirs(module, inputs, output): return output * 0"
    handle = job.unet.blocks[1].attn2.register_forward_hook(code_of("sd-webui-maps", source))
    with pytest.raises(OmostError, match=r"\(sd-webui-maps\) changes what cross-attention gives"):
        run(job, True, CODE)
    handle.remove()
    run(job, True, CODE)


def test_hooks_that_came_for_a_refused_job_are_gone_after_it_and_older_ones_stay(job: Any, script: Any) -> None:
    source = "def theirs(module, inputs, output): return output * 0"
    first, second = (block.attn2 for block in job.unet.blocks)
    older = second.to_v.register_forward_hook(code_of("sd-webui-looks", "def theirs(*given): return None"))
    script.process(job, True, CODE)
    first.register_forward_hook(code_of("sd-webui-maps", source))
    first.to_v.register_forward_hook(code_of("sd-webui-maps", source))
    job.setup_conds()
    latents = torch.zeros(1, 4, 11, 8)
    script.process_before_every_sampling(job, True, CODE, x=latents)
    with pytest.raises(OmostError, match=r"\(sd-webui-maps\)"):
        job.sampler.sample(job, latents, job.c, job.uc)
    assert not first._forward_hooks
    assert not first.to_v._forward_hooks
    assert list(second.to_v._forward_hooks) == [older.id]


def hook_on_texts(sign: str) -> Any:
    """As Cutoff hangs one on the text encoder for a job: what it gives is changed."""
    return code_of("sd-webui-cutoff", f"def theirs(module, inputs, output): return {sign}output")


def test_a_hook_on_the_text_encoder_shows_in_texts_that_were_encoded_before(job: Any, run: Callable) -> None:
    alone = run(job, True, CODE)
    drawn = []
    for sign in ("-", "0.5 *"):
        handle = job.embedder.register_forward_hook(hook_on_texts(sign))
        drawn.append(run(job, True, CODE))
        handle.remove()
    assert not torch.allclose(drawn[0], alone)
    assert not torch.allclose(drawn[1], drawn[0])
    assert torch.equal(run(job, True, CODE), alone)


def test_while_nothing_changes_on_the_text_encoder_known_texts_are_kept(job: Any, run: Callable) -> None:
    job.embedder.register_forward_hook(hook_on_texts("-"))  # one that stays, as a host's own does
    run(job, True, CODE)
    before = len(job.encoded)
    run(job, True, CODE)
    assert len(job.encoded) == before


def test_a_decorated_function_is_named_by_its_own_folder() -> None:
    source = "@torch.no_grad()\ndef theirs(*tensors): return tensors"
    assert extension_of(code_of("sd-couple", source)) == "sd-couple"
    assert extension_at("/webui/modules/processing.py") is None
    assert extension_of(torch.sum) is None


MINUS = CODE.replace("A red circle.", "A red circle, (a dog:-1.2).")


@pytest.fixture
def negpip(regional: Any) -> Any:
    regional.title = lambda: "NegPiP"
    return regional


def test_what_negpip_cannot_do_to_a_region_s_words_is_told(job: Any, run: Callable, negpip: Any) -> None:
    run(job, True, MINUS)
    assert "(a dog:-1.2) is not read by NegPiP" in str(job.extra_generation_params)


def test_without_it_or_without_such_words_nothing_is_told_of_it(job: Any, run: Callable, negpip: Any) -> None:
    run(job, True, CODE)
    job.script_args = ["another's", False]
    run(job, True, MINUS)
    assert "NegPiP" not in str(job.extra_generation_params)


def listening(modules: Any, *files: str) -> None:
    """The host has these registered among those that it calls with the conditioning."""
    sys.modules["modules.script_callbacks"].callback_map = {  # type: ignore[attr-defined]
        "callbacks_cfg_denoiser": [SimpleNamespace(script=file) for file in files]
    }


@pytest.mark.parametrize("place", ["the sampler's call", "the job's own"])
def test_who_draws_in_the_sampler_s_place_is_told_of_in_the_infotext(
    job: Any, script: Any, modules: Any, place: str
) -> None:
    listening(modules, "/webui/extensions/sd-webui-own/scripts/own.py", "/webui/modules/scripts.py")
    script.process(job, True, CODE)
    job.setup_conds()
    latents = torch.zeros(1, 4, 11, 8)
    if place == "the sampler's call":
        script.process_before_every_sampling(job, True, CODE, x=latents)
        job.sampler.sample = code_of("sd-webui-own", "def theirs(*given): return given[1]")
        job.sampler.sample(job, latents, job.c, job.uc)
    script.postprocess_batch(job, True, CODE, images=latents)
    assert job.extra_generation_params["Omost note on the canvas"] == f"{NOT_DRAWN} (sd-webui-own)"
    script.postprocess(job, None, True, CODE)
    assert not [name for name in vars(job) if name.startswith("_omost")]


def test_a_canvas_that_was_drawn_is_not_said_to_be_missing(job: Any, run: Callable, modules: Any) -> None:
    for passes, hires in ((1, "both passes"), (2, "first pass only")):
        run(job, True, CODE, "score", "plain", "every region", False, 0.95, hires, passes=passes)
    modules.state.interrupted = True
    job.sampler.sample = lambda *given: given[1]
    run(job, False, CODE)
    assert not [name for name in job.extra_generation_params if "on the canvas" in name]


def test_whoever_takes_the_canvas_out_of_the_conditioning_is_named(job: Any, run: Callable, modules: Any) -> None:
    listening(modules, "/webui/extensions/sd-webui-own/scripts/own.py")

    def another_s(_module: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
        return arguments, keywords | {"context": torch.zeros_like(keywords["context"])}

    job.unet.register_forward_pre_hook(another_s, with_kwargs=True)
    with pytest.raises(OmostError, match="never reached the image model") as refused:
        run(job, True, CODE)
    assert "(sd-webui-own)" in refused.value.told
