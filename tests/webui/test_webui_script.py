"""The real script in a fake WebUI: what reaches the sampler, what is left behind, how a job ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn.functional import interpolate

from lib_omost.canvas import Canvas, Region, canvas_to_json, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import cross_attention_layers
from lib_omost.hosts.webui.capabilities.carriers import carriers
from lib_omost.hosts.webui.conditioning import steer
from lib_omost.hosts.webui.encoding import EncodingCache
from lib_omost.hosts.webui.host import host_of
from lib_omost.hosts.wording import Wording

CANVAS = Canvas(
    description="A white background (plain).",
    color_name="white",
    regions=(
        Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", color_name="red"),
        Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square.", color_name="blue"),
    ),
)
CODE = write_canvas(CANVAS)


def traces(job: Any) -> list[object]:
    """Everything that an extension could have left on the UNet and the sampler."""
    layers = cross_attention_layers(job.unet)
    return [
        [layer.__dict__.get("forward") for _, layer in layers],
        [layer.forward.__func__ for _, layer in layers],
        list(job.unet._forward_pre_hooks),
        sorted(set(vars(job.sampler)) & {"sample", "sample_img2img"}),
    ]


def naive_latents(job: Any) -> torch.Tensor:
    """The same job with the formulation as written in place of each layer's forward, masks and all."""
    job.setup_conds()
    host = host_of(job, EncodingCache(), width=64, height=88)
    steered = steer(host, [CANVAS], Wording(), job.c, prompts=[""])
    (canvas,) = steered.contexts

    def naive(layer: Any) -> Callable[..., torch.Tensor]:
        def forward(x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
            if context.shape[1] != len(canvas.embeddings):
                return type(layer).forward(layer, x, context)
            height, width = {88: (11, 8), 24: (6, 4)}[x.shape[1]]
            masks = []
            for span in canvas.spans:
                top, bottom, left, right = span.rect
                mask = torch.zeros(90, 90)
                mask[top:bottom, left:right] = 1
                resized = interpolate(mask[None, None], (height, width), mode="nearest-exact").flatten()
                masks.append(resized[:, None].expand(-1, span.stop - span.start))
            mask = torch.cat(masks, dim=1)
            query, key, value = (
                tensor.unflatten(-1, (layer.heads, -1)).transpose(1, 2)
                for tensor in (layer.to_q(x), layer.to_k(context), layer.to_v(context))
            )
            scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 * (height * width / mask.sum(0))
            out = scores.masked_fill(mask == 0, -torch.inf).softmax(-1) @ value
            return layer.to_out(out.transpose(1, 2).flatten(2))

        return forward

    layers = [layer for _, layer in cross_attention_layers(job.unet)]
    for layer in layers:
        layer.__dict__["forward"] = naive(layer)
    latents = torch.randn(job.batch, 4, 11, 8, generator=torch.Generator().manual_seed(1))
    latents = job.sampler.sample(job, latents, steered.multicond, job.uc)
    for layer in layers:
        del layer.__dict__["forward"]
    return latents


def test_off_changes_nothing_at_all(job: Any, run: Callable) -> None:
    before = traces(job)
    plain = run(job, False, CODE, "score", "plain")
    assert torch.equal(plain, run(job))
    assert traces(job) == before
    assert job.encoded == []
    assert job.extra_generation_params == {}


@pytest.mark.parametrize("batch", [1, 2])
def test_the_canvas_steers_the_conditional_rows_by_the_formulation(job: Any, run: Callable, batch: int) -> None:
    job.batch = batch
    steered = run(job, True, CODE, "score", "plain")
    assert torch.allclose(steered, naive_latents(job), atol=1e-4)


@pytest.mark.parametrize("order", [("cond", "uncond"), ("uncond", "cond")])
def test_rows_are_told_by_what_they_carry_in_whatever_order(job: Any, run: Callable, order: tuple[str, str]) -> None:
    job.sampler.order = order
    job.batch = 2
    padded = job.sd_model.get_learned_conditioning(["", "", ""]).flatten(
        0, 1
    )  # the host's option to pad both prompts to one length: 231 tokens each
    canvas = write_canvas(Canvas("A white background.", regions=CANVAS.regions))
    seen = []

    def forward(x: torch.Tensor, timesteps: Any = None, context: Any = None) -> torch.Tensor:
        seen.append(carriers(context, [job.sampler.conditionings[-1].batch[0][0].schedules[0].cond]))
        return x

    job.unet.forward = forward
    setup_conds = job.setup_conds

    def padded_conds() -> None:
        setup_conds()
        job.uc = [[schedules[0]._replace(cond=padded)] for schedules in job.uc]

    job.setup_conds = padded_conds
    run(job, True, canvas)
    rows = [0, 0, None, None]
    assert seen == [rows if order[0] == "cond" else rows[::-1]] * 2


def test_brackets_of_the_canvas_are_no_emphasis(job: Any, run: Callable) -> None:
    run(job, {"canvas": CODE, "syntax": "literal"})
    assert job.encoded[0][0] == r"A white background \(plain\)."


@pytest.mark.parametrize("fault", [None, RuntimeError("out of memory"), KeyboardInterrupt()])
def test_nothing_is_left_behind(job: Any, run: Callable, fault: BaseException | None) -> None:
    before = traces(job)
    job.sampler.fail = fault
    if fault is None:
        run(job, True, CODE, passes=2)
    else:
        with pytest.raises(type(fault)):
            run(job, True, CODE)
    assert traces(job) == before


def test_a_run_with_the_extension_does_not_touch_the_next_one_without(job: Any, run: Callable) -> None:
    plain = run(job)
    assert not torch.allclose(run(job, True, CODE), plain)
    assert torch.equal(run(job), plain)


def test_the_hosts_own_conditioning_is_not_changed(job: Any, run: Callable) -> None:
    run(job, True, CODE)
    assert torch.equal(job.c.batch[0][0].schedules[0].cond, job.c.batch[0][0].schedules[-1].cond)
    assert job.c.batch[0][0].schedules[0].cond.shape[0] == 77
    assert job.sampler.conditionings[0] is not job.c


def test_arming_twice_as_forge_does_in_the_hires_pass_is_arming_once(job: Any, run: Callable, script: Any) -> None:
    job.setup_conds()
    before = traces(job)
    for _ in range(2):
        script.process_before_every_sampling(job, True, CODE)
    latents = torch.randn(1, 4, 11, 8, generator=torch.Generator().manual_seed(1))
    once = job.sampler.sample(job, latents, job.c, job.uc)
    assert traces(job) == before
    assert torch.equal(once, run(job, True, CODE))


def test_a_dict_of_fields_json_and_positions_are_the_same_arguments(job: Any, run: Callable) -> None:
    by_position = run(job, True, CODE, "decomposition", "plain")
    assert torch.equal(run(job, {"canvas": CODE, "method": "decomposition"}), by_position)
    assert torch.equal(run(job, True, json.dumps(canvas_to_json(CANVAS)), "decomposition"), by_position)


def test_infotext_restores_the_canvas(job: Any, run: Callable) -> None:
    from lib_omost.settings.fields import FIELDS
    from lib_omost.settings.model import read_arguments

    settings = [True, CODE, "decomposition", "booru", "ignore", True, 0.91, "first pass only"]
    run(job, *settings)
    restored = read_arguments([job.extra_generation_params[field.infotext] for field in FIELDS if field.told])
    assert restored.read_canvas().canvas == CANVAS
    assert "\n" not in restored.canvas  # what stands below a picture can be read
    assert replace(restored, canvas=CODE) == read_arguments(settings)
    assert read_arguments(settings).read_canvas().canvas == CANVAS  # as older pictures have it


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((True, "I cannot draw that."), "line 1"),
        ((True, ""), "empty"),
        ((True, CODE, "magic"), "method must be one of auto, sketch"),
        (({"canva": CODE},), "knows no 'canva'"),
        (("yes", CODE), "enabled must be a bool"),
        ((True, CODE, "score", "plain", "ignore", False, 0.95, "both passes", "literal", *[""] * 6), "at most 14"),
        ((True, "{"), "JSON"),
        (({"canvas": CODE, "denoise": 0.5},), "denoise must be 0.9 to 0.99"),
    ],
)
@pytest.mark.parametrize("is_api", [False, True])
def test_what_cannot_be_used_ends_the_job(
    job: Any, run: Callable, arguments: tuple[Any, ...], message: str, is_api: bool
) -> None:
    job.is_api = is_api
    kind = OmostError
    if is_api:
        kind = pytest.importorskip("fastapi").HTTPException
    with pytest.raises(kind) as ended:
        run(job, *arguments)
    assert message in (ended.value.detail if is_api else str(ended.value))
    if is_api:
        assert ended.value.status_code == 422
    assert job.sampler.conditionings == []


def test_a_canvas_that_never_reaches_the_model_is_an_error(job: Any, run: Callable, unet: Any) -> None:
    class Altering(type(job.sampler)):
        def sample(self, p: Any, x: Any, conditioning: Any, unconditional: Any, **others: Any) -> Any:
            for parts in conditioning.batch:
                parts[0].schedules[0] = parts[0].schedules[0]._replace(cond=parts[0].schedules[0].cond + 1)
            return super().sample(p, x, conditioning, unconditional, **others)

    job.sampler = Altering(unet)
    with pytest.raises(OmostError, match="never reached"):
        run(job, True, CODE)


@pytest.mark.parametrize(
    ("mixing", "joined"), [("every region", [True] * 3), ("global only", [True, False, False]), ("ignore", [False] * 3)]
)
def test_the_prompt_box_joins_the_regions_in_the_hosts_own_syntax(
    job: Any, run: Callable, mixing: str, joined: list[bool]
) -> None:
    job.prompts = ("(oil painting:1.2)",)
    run(job, {"canvas": CODE, "mixing": mixing})
    texts = [text for call in job.encoded for text in call]
    assert [text.startswith("A white") for text in texts] == [True] * 3
    assert ["(oil painting:1.2)" in text for text in texts] == joined


def test_the_draft_starts_the_first_pass_alone_and_the_jobs_strength_stays(job: Any, run: Callable) -> None:
    before = traces(job)
    job.denoising_strength = 0.4  # the hires pass's
    run(job, {"canvas": CODE, "draft": True, "denoise": 0.93}, passes=2)
    (first, start), (second, _) = job.sampler.starts
    assert (first, second, job.denoising_strength) == (0.93, 0.4, 0.4)
    assert start.shape == (1, 4, 11, 8)
    assert start[0, 0, 5, 0] > start[0, 2, 5, 0]  # red over blue on the left, as the draft has it
    assert start[0, 2, 5, 7] > start[0, 0, 5, 7]
    assert traces(job) == before


@pytest.mark.parametrize("asked", [(100, 72), (64, 88), (128, 128)])
def test_the_draft_is_as_large_as_the_picture_where_a_host_rounds_what_was_asked_for(
    job: Any, run: Callable, asked: tuple[int, int]
) -> None:
    """Later ones draw in steps of 64 pixels whatever they are asked."""
    job.width, job.height = asked
    run(job, {"canvas": CODE, "draft": True})
    ((_, start),) = job.sampler.starts
    assert start.shape == (1, 4, 11, 8)
