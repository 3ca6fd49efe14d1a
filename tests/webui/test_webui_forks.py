"""The same promises in each WebUI, by its own signatures; and in one that nobody has seen yet."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.defaults.checkpoints import own_file
from lib_omost.defaults.table import FamilyRow, written
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import cross_attention_layers
from lib_omost.hosts.webui.told import ToldTasks
from tests.webui.forks import FORKS, ForgeUNet, Fork, model_in, with_signature

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")
CODE = write_canvas(Canvas("A white background.", regions=(REGION,)))
TASK = "task(abc)"


@pytest.fixture(params=list(FORKS))
def fork(request: pytest.FixtureRequest) -> Fork:
    return FORKS[request.param]


@pytest.fixture
def placed(job: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Puts the job into a fork."""

    def place(fork: Fork, *, is_sdxl: bool = False) -> Any:
        if fork.patcher:
            job.unet = job.sampler.unet = ForgeUNet(job.unet)
        model = model_in(fork, job, is_sdxl=is_sdxl)
        job.unet.objects = getattr(model, "forge_objects", None)
        kind, parser = type(job), sys.modules["modules.prompt_parser"]
        monkeypatch.setattr(kind, "sd_model", property(lambda _job: model))
        cached = lambda self, **told: (*map(str, told.values()), self.clip_skip)  # noqa: E731
        monkeypatch.setattr(kind, "cached_params", with_signature(fork.cached_params, cached))
        original = parser.SdConditioning
        taken = with_signature(
            fork.sd_conditioning, lambda prompts, width, height, **_: original(prompts, width, height)
        )
        monkeypatch.setattr(parser, "SdConditioning", taken)
        return job

    return place


@pytest.mark.parametrize("is_sdxl", [False, True])
def test_regions_steer_and_nothing_is_left(fork: Fork, placed: Callable, run: Callable, is_sdxl: bool) -> None:
    job = placed(fork, is_sdxl=is_sdxl)
    plain = run(job)
    assert not torch.equal(run(job, True, CODE), plain)
    assert not hasattr(job, "swallowed")
    assert [vars(layer).get("forward") for _, layer in cross_attention_layers(job.unet)] == [None, None]
    assert torch.equal(run(job), plain)


@pytest.mark.parametrize(("order", "means"), [({}, "score"), ({"method": "auto"}, "sketch")])
def test_without_a_method_it_is_score_or_the_models_own_and_the_infotext_names_it(
    fork: Fork, placed: Callable, run: Callable, order: dict, means: str
) -> None:
    job = placed(fork)
    drawn = run(job, {"canvas": CODE, **order})
    assert job.extra_generation_params["Omost method"] == means
    assert torch.equal(drawn, run(job, {"canvas": CODE, "method": means}))


@pytest.mark.parametrize(("order", "means"), [({}, "plain"), ({"style": "auto"}, "pony"), ({"style": "tags"}, "tags")])
def test_the_checkpoints_name_tells_the_tag_style_and_the_infotext_names_it(
    fork: Fork, placed: Callable, run: Callable, order: dict, means: str
) -> None:
    job = placed(fork)
    job.sd_model.sd_checkpoint_info = SimpleNamespace(filename="models/ponyDiffusionV6XL.safetensors")
    drawn = run(job, {"canvas": CODE, **order})
    assert job.extra_generation_params["Omost tag style"] == means
    assert torch.equal(drawn, run(job, {"canvas": CODE, "style": means}))


def test_a_family_drawn_in_few_steps_has_another_method_of_its_own(fork: Fork, placed: Callable, run: Callable) -> None:
    job = placed(fork)
    job.sd_model.sd_checkpoint_info = SimpleNamespace(filename="models/dreamshaperXL_lightning.safetensors")
    drawn = run(job, {"canvas": CODE, "method": "auto"})
    assert job.extra_generation_params["Omost method"] == "score"
    assert torch.equal(drawn, run(job, {"canvas": CODE, "method": "score"}))


def test_the_users_own_table_has_the_numbers_of_the_sketch(
    fork: Fork, placed: Callable, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    job = placed(fork)
    job.sd_model.sd_checkpoint_info = SimpleNamespace(filename="models/mine_v2.safetensors")
    order = {"canvas": CODE, "method": "sketch"}
    shipped = run(job, order)
    rows = [
        FamilyRow("others", tells=("someoneelse",), word_weight=9.0),
        FamilyRow("mine", tells=("mine",), word_weight=2.5),
    ]
    own_file().write_text(written(tuple(rows)))
    assert torch.equal(run(job, order), shipped)
    own_file().write_text(written((FamilyRow("mine", tells=("mine",), word_weight=9.0),)))
    assert not torch.equal(run(job, order), shipped)
    own_file().write_text("[")
    with pytest.raises(OmostError, match=r"families\.json is no JSON"):
        run(job, order)


def test_what_is_encoded_is_kept_until_the_encoder_changes(fork: Fork, placed: Callable, run: Callable) -> None:
    job = placed(fork)
    run(job, True, CODE)
    job.encoded.clear()
    run(job, True, CODE)
    assert job.encoded == []
    job.clip_skip = 2
    run(job, True, CODE)
    assert job.encoded != []


def test_a_reason_reaches_the_page_also_where_the_host_swallows_it(
    fork: Fork, placed: Callable, run: Callable, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ToldTasks()
    monkeypatch.setattr(type(script), "told", lambda _script: told)
    job = placed(fork)
    layer = job.unet.blocks[0].attn2
    layer.__dict__["forward"] = lambda *tensors: tensors

    def as_the_host_runs_it() -> str:
        """What its page shows: the main thread of some logs what a job raises, and gives back nothing."""
        try:
            try:
                result: Any = run(job, True, CODE)
            except Exception:
                if not fork.swallows:
                    raise
                result = None
            return str(list(result))
        except Exception as error:  # noqa: BLE001
            return f"{type(error).__name__}: {error}"

    shown = as_the_host_runs_it()
    assert ("NoneType" in shown) is fork.swallows
    ((said,),) = (told.of(TASK),)
    assert said.is_refusal
    assert "another extension" in said.text


@pytest.mark.parametrize("method", ["score", "plain"])
def test_a_model_of_another_kind_is_refused_by_name_and_plain_draws_with_it(
    fork: Fork, placed: Callable, run: Callable, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    class QwenImage:
        pass

    job = placed(fork)
    monkeypatch.setattr(type(job), "sd_model", property(lambda _job: QwenImage()))
    if method == "plain":
        assert run(job, {"canvas": CODE, "method": method}) is not None
        assert job.conditioned[-1] == ["A white background. A red circle."]
        return
    with pytest.raises(OmostError, match=r"kind of model \(Qwen-Image\)"):
        run(job, True, CODE)


@pytest.mark.parametrize(
    "change",
    [
        {"cached_params": lambda self, *, everything: ()},
        {"get_learned_conditioning": None},
        {"forge_objects": SimpleNamespace(unet=SimpleNamespace(model=None))},
    ],
    ids=["another signature", "no encoding", "another patcher"],
)
def test_a_webui_that_nobody_has_seen_refuses_clearly_and_is_left_as_it_was(
    placed: Callable, run: Callable, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    job = placed(FORKS["Forge"])
    for name, value in change.items():
        if name == "cached_params":
            monkeypatch.setattr(type(job), name, value)
        else:
            setattr(job.sd_model, name, value)
    with pytest.raises(OmostError) as ended:
        run(job, True, CODE)
    assert "plain" in str(ended.value)
    assert "sample" not in vars(job.sampler)
    assert run(job, {"canvas": CODE, "method": "plain"}) is not None


def test_the_table_takes_what_it_says() -> None:
    five = with_signature(FORKS["Neo"].cached_params, lambda **told: told)
    assert len(inspect.signature(five).parameters) == 6
    with pytest.raises(TypeError):
        five(None, (), 0, {})


def test_the_refiner_of_sdxl_takes_over_with_the_one_encoder_that_it_has(placed: Callable, run: Callable) -> None:
    """Forge's and Neo's engine for it has none of the names that SDXL's has."""
    job = placed(FORKS["Neo"], is_sdxl=True)
    base = job.sd_model
    refiner = SimpleNamespace(**vars(base))
    del refiner.text_processing_engine_l
    refiner.text_processing_engine_g = job.embedder
    encoded: list[str] = []
    refiner.get_learned_conditioning = lambda texts: encoded.extend(texts) or base.get_learned_conditioning(texts)
    held = [base]

    def switch(p: Any) -> Any:
        if held == [refiner]:
            return None
        held[:] = [refiner]
        p.cached_params = lambda *_told: "the refiner's"
        p.setup_conds()
        conditional, _ = p.get_conds()
        return conditional

    type(job).sd_model = property(lambda _job: held[0])  # put back by `placed`
    job.sampler.after_step = switch
    run(job, True, CODE)
    assert encoded == ["A white background.", "A white background. A red circle."]
    assert [vars(layer).get("forward") for _, layer in cross_attention_layers(job.unet)] == [None, None]
