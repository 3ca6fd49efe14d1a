"""What differs between WebUIs is found where it is, and what a WebUI has not is done without."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.canvas import Canvas, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention, unchanged
from lib_omost.hosts.webui.capabilities.defaults import defaults_for
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.hosts.webui.capabilities.encoder import embedder_of, loaded_reader, text_encoder_of
from lib_omost.hosts.webui.capabilities.encoder_state import state_of
from lib_omost.hosts.webui.capabilities.hypernetworks import contexts_of
from lib_omost.hosts.webui.capabilities.patches import beside_replacements, patcher_of
from lib_omost.hosts.webui.capabilities.schedules import schedule_of
from lib_omost.hosts.webui.capabilities.upcasting import upcasts_attention
from lib_omost.hosts.webui.conditioning import steer
from lib_omost.hosts.webui.encoding import EncodingCache
from lib_omost.hosts.webui.host import host_of
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import TagStyle, VariantSigns
from lib_omost.prompts.reader import length_of

PATCHER = object()
LEFT = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")


def test_the_row_of_a_job_is_what_was_found(job: Any) -> None:
    host = host_of(job, EncodingCache(), width=64, height=88)
    assert host.denoiser.module is job.unet
    assert [layer.module for layer in host.denoiser.layers] == [block.attn2 for block in job.unet.blocks]
    assert list(host.tokenize("one two")) == job.embedder.tokenize(["one two"])[0]
    assert host.literal("(one) [two]") == r"\(one\) \[two\]"
    assert host.taken_by is None


@pytest.mark.parametrize(("name", "noise"), [("Flux", 0.14), ("ZImage", 0.14), ("Anima", 0.36), ("Unheard", 0.36)])
def test_what_suits_a_transformer_is_told_by_the_name_of_its_class(name: str, noise: float) -> None:
    assert defaults_for(type(name, (), {})()).start_noise == noise
    assert defaults_for(SimpleNamespace(is_sdxl=True)).start_noise == 0.36


@pytest.mark.parametrize(
    "place",
    [
        "text_processing_engine",
        "text_processing_engine_l",
        "text_processing_engine_g",
        "cond_stage_model",
        "conditioner",
    ],
)
def test_a_text_encoder_is_found_in_each_of_its_places(job: Any, place: str) -> None:
    several = SimpleNamespace(embedders=[job.embedder, object()])
    model = SimpleNamespace(**{place: several if place == "conditioner" else job.embedder})
    assert embedder_of(model) is job.embedder


@pytest.mark.parametrize(
    "model",
    [
        None,
        SimpleNamespace(),
        SimpleNamespace(cond_stage_model=object()),
        SimpleNamespace(text_processing_engine_g=object()),
        SimpleNamespace(conditioner=SimpleNamespace(embedders=[object()])),
    ],
)
def test_another_kind_of_text_encoder_is_none_that_we_know(model: Any) -> None:
    assert embedder_of(model) is None


def test_a_model_without_such_an_encoder_is_refused_by_its_class(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Distilled:
        pass

    monkeypatch.setattr(type(job), "sd_model", property(lambda _job: Distilled()))
    with pytest.raises(OmostError, match=r"\(Distilled\)"):
        text_encoder_of(job)


def asked_with(p: Any, function: Any) -> object:
    p.cached_params = function
    return state_of(p)


def test_the_encoders_state_is_asked_with_as_many_arguments_as_the_host_takes(job: Any) -> None:
    networks = {"lora": ["style"]}
    job.extra_network_data = networks
    assert asked_with(job, lambda prompts, steps, networks: (prompts, steps, networks)) == ((), 0, networks)
    five = asked_with(job, lambda prompts, steps, networks, hires_steps, old: (networks, hires_steps, old))
    assert five == (networks, None, False)
    assert asked_with(job, lambda prompts, steps, networks, hires=1, old=2, *, more=3: (hires, old, more)) == (
        None,
        False,
        3,
    )


def test_a_second_pass_has_the_state_of_its_own_networks(job: Any) -> None:
    job.hr_extra_network_data = {"lora": ["other"]}
    first = state_of(job)
    job.is_hr_pass = True
    assert state_of(job) != first


def test_where_no_state_is_told_nothing_is_kept() -> None:
    job = SimpleNamespace(extra_network_data={})
    assert state_of(job) != state_of(job)


def test_hypernetworks_are_asked_where_attention_knows_them(modules: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    modules.hypernetworks.append((lambda tokens: tokens + 1, lambda tokens: tokens + 2))
    keys, values = contexts_of(None)(torch.zeros(1, 2, 3))
    assert (keys.unique().item(), values.unique().item()) == (1, 2)
    assert contexts_of(PATCHER) is unchanged
    monkeypatch.setitem(sys.modules, "modules.hypernetworks.hypernetwork", None)  # as in a host that dropped them
    assert contexts_of(None) is unchanged


def test_upcasting_is_the_hosts_option_where_attention_reads_it(modules: Any) -> None:
    modules.opts.upcast_attn = True
    assert upcasts_attention(None) is True
    assert upcasts_attention(PATCHER) is False
    del modules.opts.upcast_attn
    assert upcasts_attention(None) is False


def test_a_unet_behind_a_patcher_is_reached_through_it(job: Any) -> None:
    patcher = SimpleNamespace(model=SimpleNamespace(diffusion_model=job.unet))
    model = SimpleNamespace(forge_objects=SimpleNamespace(unet=patcher), model=SimpleNamespace(diffusion_model=None))
    assert patcher_of(model) is patcher
    assert denoiser_of(model).module is job.unet
    assert patcher_of(job.sd_model) is None


def test_a_unet_that_is_called_without_tokens_carries_no_canvas(job: Any) -> None:
    reading = denoiser_of(job.sd_model).read((torch.zeros(3, 4, 11, 8),), {}, [torch.zeros(77, 12)])
    assert (reading.height, reading.width, reading.carried) == (11, 8, [None] * 3)


def test_a_schedule_ends_with_the_pass_that_it_is_asked_for(job: Any) -> None:
    assert schedule_of(job)("[oil:water:10] AND a lake", 20) == [(10, "oil"), (20, "water")]
    job.is_hr_pass = True
    assert [end for end, _ in schedule_of(job)("[oil:water:10]", 30)] == [10, 30]


def test_what_an_sdxl_encoder_gives_comes_back_in_the_hosts_form(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dict whose pooled vector is that of the global region's first bag."""
    model, canvas = job.sd_model, Canvas("A white background.", regions=(LEFT,))

    def learned(texts: list[str]) -> dict[str, torch.Tensor]:
        vectors = torch.tensor([[float(len(text))] for text in texts])
        return {"crossattn": torch.ones(len(texts), 77, 12) * vectors.unsqueeze(1), "vector": vectors}

    model.get_learned_conditioning = learned
    monkeypatch.setattr(type(job), "sd_model", property(lambda _job: model))
    job.setup_conds()
    host = host_of(job, EncodingCache(), width=64, height=88)
    steered = steer(host, [canvas], Wording(), job.c, prompts=[""])
    cond = steered.multicond.batch[0][0].schedules[0].cond
    assert sorted(cond) == ["crossattn", "vector"]
    assert cond["vector"].tolist() == [len("A white background.")]
    assert cond["crossattn"] is steered.contexts[0].embeddings
    assert cond["crossattn"].shape == (2 * 77, 12)
    assert cond["crossattn"][77:].unique().tolist() == [len("A white background. A red circle.")]


@pytest.mark.parametrize("loaded", [False, True])
def test_texts_are_counted_as_the_loaded_checkpoint_reads_them(
    job: Any, monkeypatch: pytest.MonkeyPatch, loaded: bool
) -> None:
    """A sign that weights is no token; where texts are literal, it is."""
    job.lines, own = [], job.embedder.tokenize_line
    job.embedder.tokenize_line = lambda line: job.lines.append(line) or own(line)
    data = SimpleNamespace(sd_model=job.sd_model if loaded else None)
    monkeypatch.setitem(sys.modules, "modules.sd_models", SimpleNamespace(model_data=data))
    monkeypatch.setattr(sys.modules["modules"], "sd_models", sys.modules["modules.sd_models"], raising=False)
    reader = loaded_reader()
    assert (reader is not None) is loaded
    if reader is not None:
        canvas = Canvas("a (red:1.2) circle.")
        counted = length_of(canvas, reader).tokens
        assert job.lines[-1] == "a (red:1.2) circle."
        assert counted == len(text_encoder_of(job).tokenize("a (red:1.2) circle.")) == 3
        length_of(canvas, reader, is_literal=True)
        assert job.lines[-1] == r"a \(red:1.2\) circle."


def test_the_tag_style_and_the_signs_of_the_loaded_checkpoint_are_counted(
    job: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = job.sd_model
    model.sd_checkpoint_info = SimpleNamespace(filename="/models/ponyDiffusionV6XL.safetensors")
    host = sys.modules["modules"]
    given = {
        "sd_models": SimpleNamespace(model_data=SimpleNamespace(sd_model=model)),
        "shared": SimpleNamespace(opts=SimpleNamespace(dp_parser_variant_start="<<", dp_parser_variant_end=">>")),
    }
    for name, module in given.items():
        monkeypatch.setitem(sys.modules, f"modules.{name}", module)
        monkeypatch.setattr(host, name, module, raising=False)
    reader = loaded_reader()
    assert reader is not None
    assert (reader.style, reader.signs) == (TagStyle.PONY, VariantSigns("<<", ">>"))


def test_replacements_of_a_unets_blocks_are_no_matter_of_a_transformer() -> None:
    """Forge names replacements by a UNet's blocks; the layers of Anima have other names."""
    patcher = SimpleNamespace(
        model_options={"transformer_options": {"patches_replace": {"attn2": {("input", 1): lambda *_: None}}}},
        clone=SimpleNamespace,
    )
    objects = SimpleNamespace(unet=patcher)
    p: Any = SimpleNamespace(sd_model=SimpleNamespace(forge_objects=objects))
    attention = torch.nn.Module()
    layer = CrossAttention("blocks.0.cross_attn", attention, ("x", "context"), lambda hidden: hidden)
    with beside_replacements(p, [layer], RegionalCall(8, 8, ())):
        pass
    assert objects.unet is patcher
