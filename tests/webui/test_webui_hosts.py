"""Where hosts differ and change in mid-run: refiner, hypernetworks, Forge's patches, other extensions' hooks."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from fastapi import HTTPException
from torch import nn

from lib_omost.attention.call import RegionalCall
from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import cross_attention_layers
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from tests.webui.forks import ForgeUNet, Patcher

CODE = write_canvas(
    Canvas(
        "A white background.",
        regions=(Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle."),),
    )
)


def forwards(unet: nn.Module) -> list[Any]:
    return [vars(layer).get("forward") for _, layer in cross_attention_layers(unet)]


@pytest.fixture
def forge(job: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The job on Forge: its layers obey the patcher's replacements, as Forge's transformer block does."""
    unet = ForgeUNet(job.unet)
    job.unet = job.sampler.unet = unet
    patcher = Patcher(unet)
    model = SimpleNamespace(
        forge_objects=SimpleNamespace(unet=patcher),
        text_processing_engine=job.embedder,
        is_sd1=True,
        get_learned_conditioning=job.sd_model.get_learned_conditioning,
    )
    unet.objects = model.forge_objects
    monkeypatch.setattr(type(job), "sd_model", property(lambda _job: model))
    return job


def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, _options: Any) -> torch.Tensor:
    """The host's own, in a replacement's place."""
    split = (tensor.unflatten(-1, (2, -1)).transpose(1, 2) for tensor in (query, key, value))
    return nn.functional.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)


def adapter(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, options: Any) -> torch.Tensor:
    """An IP-Adapter in small: the host's attention and something from another picture."""
    return attention(query, key, value, options) + 0.25


def test_a_replacement_that_changes_nothing_leaves_the_regions_as_they_are(forge: Any, run: Callable) -> None:
    alone = run(forge, True, CODE)
    patcher = forge.sd_model.forge_objects.unet
    for key in (("input", 0), ("middle", 0)):
        patcher.set_model_attn2_replace(attention, *key)
    options = copy.copy(patcher.model_options["transformer_options"]["patches_replace"]["attn2"])
    assert torch.allclose(run(forge, True, CODE), alone, atol=1e-5)
    assert forge.sd_model.forge_objects.unet is patcher
    assert patcher.model_options["transformer_options"]["patches_replace"]["attn2"] == options


def test_an_ip_adapter_and_the_regions_both_show(forge: Any, run: Callable) -> None:
    regions = run(forge, True, CODE)
    forge.sd_model.forge_objects.unet.set_model_attn2_replace(adapter, "input", 0)
    adapted = run(forge, False)
    both = run(forge, True, CODE)
    assert not torch.allclose(both, regions)
    assert not torch.allclose(both, adapted)


def test_after_an_error_the_patcher_is_the_one_it_was(forge: Any, run: Callable) -> None:
    patcher = forge.sd_model.forge_objects.unet
    patcher.set_model_attn2_replace(adapter, "input", 0)
    forge.sampler.fail = RuntimeError("out of memory")
    with pytest.raises(RuntimeError, match="out of memory"):
        run(forge, True, CODE)
    assert forge.sd_model.forge_objects.unet is patcher
    assert forwards(forge.unet) == [None, None]


def test_an_extension_that_changes_what_attention_reads_is_refused_by_name(forge: Any, run: Callable) -> None:
    def couple(*tensors: Any) -> Any:
        return tensors[:3]

    couple.__module__ = "lib_couple.attention_couple"
    forge.sd_model.forge_objects.unet.model_options["transformer_options"]["patches"] = {"attn2_patch": [couple]}
    with pytest.raises(OmostError, match=r"lib_couple\.attention_couple"):
        run(forge, True, CODE)


def test_an_extension_is_named_by_its_folder(forge: Any, run: Callable) -> None:
    source = compile("def patch(*tensors): return tensors[:3]", "/webui/extensions/sd-couple/lib/attention.py", "exec")
    names: dict[str, Any] = {}
    exec(source, names)
    patches = {"attn2_output_patch": [functools.partial(names["patch"])]}
    forge.sd_model.forge_objects.unet.model_options["transformer_options"]["patches"] = patches
    with pytest.raises(OmostError, match=r"\(sd-couple\)"):
        run(forge, True, CODE)


def test_over_the_api_such_a_refusal_is_422(forge: Any, run: Callable) -> None:
    forge.sd_model.is_sd1 = forge.sd_model.is_sd2 = forge.sd_model.is_sdxl = False
    forge.is_api = True
    with pytest.raises(HTTPException) as ended:
        run(forge, True, CODE)
    assert ended.value.status_code == 422
    assert "choose a checkpoint" in ended.value.detail


def test_a_model_whose_attention_has_no_regions_is_refused(forge: Any, run: Callable) -> None:
    forge.sd_model.is_sd1 = forge.sd_model.is_sd2 = forge.sd_model.is_sdxl = False
    with pytest.raises(OmostError, match="this kind of model"):
        run(forge, True, CODE)


def test_an_extension_that_hooks_the_layers_is_refused_by_name(job: Any, run: Callable) -> None:
    def theirs(*_tensors: Any) -> Any:
        raise AssertionError("never called")

    theirs.__module__ = "regional_prompter.attention"
    layer = job.unet.blocks[0].attn2
    layer.__dict__["forward"] = theirs
    with pytest.raises(OmostError, match=r"regional_prompter\.attention"):
        run(job, True, CODE)
    assert layer.__dict__["forward"] is theirs


def test_rows_that_another_extension_adds_are_an_error(job: Any, run: Callable) -> None:
    def doubled(_layer: Any, inputs: tuple[torch.Tensor], keywords: dict[str, torch.Tensor]) -> tuple[Any, Any]:
        return (inputs[0].repeat(2, 1, 1),), {"context": keywords["context"].repeat(2, 1, 1)}

    job.unet.blocks[0].attn2.register_forward_pre_hook(doubled, with_kwargs=True)
    with pytest.raises(OmostError, match="changes how many"):
        run(job, True, CODE)
    assert forwards(job.unet) == [None, None]


def test_a_picture_that_is_drawn_in_tiles_is_refused(job: Any, run: Callable) -> None:
    original = type(job.sampler).sample

    def in_tiles(p: Any, x: torch.Tensor, *others: Any) -> torch.Tensor:
        return torch.cat([original(job.sampler, p, half, *others) for half in x.chunk(2, dim=3)], dim=3)

    job.sampler.sample = in_tiles
    with pytest.raises(OmostError, match="tiles"):
        run(job, True, CODE)
    assert job.sampler.sample is in_tiles
    assert forwards(job.unet) == [None, None]


def test_a_refiner_that_takes_over_in_mid_run_draws_the_canvas_too(job: Any, run: Callable) -> None:
    first = job.unet
    torch.manual_seed(7)
    second = type(first)().eval()

    def switch(p: Any) -> Any:
        """As apply_refiner: another model, the conditioning made anew, and asked of the job."""
        if job.unet is second:
            return None
        job.unet = job.sampler.unet = second
        job.setup_conds()
        conditional, _ = p.get_conds()
        return conditional

    job.sampler.after_step = switch
    refined = run(job, True, CODE)
    assert len({id(one) for one in job.sampler.conditionings}) == 1  # one call of the sampler
    assert forwards(first) == forwards(second) == [None, None]
    assert "get_conds" not in vars(job)
    job.unet = job.sampler.unet = first
    plainly = run(job, False)
    assert not torch.allclose(refined, plainly)


def test_the_second_model_is_hooked_when_it_takes_over(job: Any, run: Callable) -> None:
    first, hooked = job.unet, []
    second = copy.deepcopy(first)

    def switch(p: Any) -> Any:
        if job.unet is first:
            job.unet = job.sampler.unet = second
            conditional, _ = p.get_conds()
            hooked.append((forwards(first) == [None, None], None in forwards(second)))
            return conditional
        return None

    job.sampler.after_step = switch
    switched = run(job, True, CODE)
    assert hooked == [(True, False)]
    job.sampler.after_step = None
    assert torch.allclose(run(job, True, CODE), switched, atol=1e-5)  # the second has the first one's weights


def test_hypernetworks_change_the_keys_and_values_of_the_canvas(job: Any, run: Callable, modules: Any) -> None:
    without = run(job, True, CODE)
    modules.hypernetworks.append((lambda tokens: tokens, lambda tokens: tokens))
    assert torch.equal(run(job, True, CODE), without)
    modules.hypernetworks[0] = (lambda tokens: tokens * 0.5, lambda tokens: tokens * 2)
    assert not torch.allclose(run(job, True, CODE), without)


def test_scores_can_be_computed_in_float32(job: Any, modules: Any) -> None:
    seen = []
    for upcast in (False, True):
        modules.opts.upcast_attn = upcast
        layer = denoiser_of(job.sd_model).layers[0]
        query = torch.randn(1, 88, 16, dtype=torch.float64)
        attend = lambda _name, query, *_, **__: seen.append(query.dtype) or query  # noqa: E731
        out = layer.attend(RegionalCall(11, 8), SimpleNamespace(attend=attend), query)
        assert (out.dtype, out.shape) == (query.dtype, query.shape)
    assert seen == [torch.float64, torch.float32]


@pytest.mark.parametrize(("hires", "steered"), [("both passes", True), ("first pass only", False)])
def test_the_hires_pass_can_go_without_regions(job: Any, script: Any, hires: str, steered: bool) -> None:
    job.setup_conds()
    job.is_hr_pass = True
    script.process_before_every_sampling(job, {"canvas": CODE, "hires": hires})
    assert ("sample_img2img" in vars(job.sampler)) is steered


def test_the_inner_runs_of_adetailer_are_left_alone(job: Any, run: Callable) -> None:
    plain = run(job, False)
    job._ad_inner = True
    assert torch.equal(run(job, True, CODE), plain)
    assert job.extra_generation_params == {}
