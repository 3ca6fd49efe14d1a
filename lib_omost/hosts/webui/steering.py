"""A job's denoiser under a canvas, for one sampling run: what is hooked, and what the infotext is told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.gradients import Gradients
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.loras import patches_of
from lib_omost.hosts.unguided import OTHER, told_unguided, why_unguided
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser, denoiser_of, refuse_method, refuse_trained
from lib_omost.hosts.webui.capabilities.extension_units import beside_units, refuse_units, units_taken_off
from lib_omost.hosts.webui.capabilities.families import webui_name
from lib_omost.hosts.webui.capabilities.fast_refiner import refuse_fast_refiner
from lib_omost.hosts.webui.capabilities.marks import multicond_marked_like
from lib_omost.hosts.webui.capabilities.masking import refuse_unmasked
from lib_omost.hosts.webui.capabilities.merging import refuse_merged_tokens
from lib_omost.hosts.webui.capabilities.patches import beside_replacements, refuse_replacements
from lib_omost.hosts.webui.capabilities.processing import Processing, is_hires, latent_cell
from lib_omost.hosts.webui.capabilities.references import Adapters, Following, with_references
from lib_omost.hosts.webui.conditioning import SteeredConditioning, steer
from lib_omost.hosts.webui.encoding import EncodingCache
from lib_omost.hosts.webui.host import WebUIHost, host_of
from lib_omost.hosts.webui.joined import joined_conditioning, joined_text, whole_pictures
from lib_omost.hosts.webui.negatives import KeptAway, steer_negatives
from lib_omost.hosts.webui.others import let_go, no_gradient_through, refuse_whole_callers
from lib_omost.hosts.webui.start import encoded
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.hosts.wording import Wording
from lib_omost.methods.method import Method

NOTE = "Omost note "  # what begins a key of the infotext
NO_SKETCH = f"{NOTE}on the sketch"
NO_GUIDANCE = f"{NOTE}on guidance"
REFERENCES_BY = "Omost IP-Adapter"  # of the infotext
DIFFERENCES = (AttributeError, ImportError, IndexError, KeyError, TypeError)  # what another WebUI shows itself by


@dataclass(frozen=True)
class Drawing:
    """What the next sampling run draws, and how.

    `canvases`: those of the batch's pictures, the last one of all others. They differ in words alone, so the first one
    says what lies where, which LoRA hold and what the picture begins from. `notes`: what is known of them already.
    `adapters`: what regions' reference pictures are read with. `denoise`: txt2img starts from the draft with that much
    noise; None starts as the method does. A hires pass and img2img have a picture to start from and take neither draft
    nor sketch. `told`: where refusals and notes go.
    """

    canvases: tuple[Canvas, ...]
    wording: Wording
    adapters: Adapters
    denoise: float | None = None
    cache: EncodingCache = field(default_factory=EncodingCache)
    told: ToldTasks = field(default_factory=ToldTasks)
    notes: tuple[str, ...] = ()

    @property
    def canvas(self) -> Canvas:
        """What all pictures of the batch have in common."""
        return self.canvases[0]

    @property
    def method(self) -> Method:
        """The method by name, from the draft where there is a `denoise`."""
        return self.wording.steers.from_draft(self.denoise)


class Steering:
    """A denoiser under a canvas for one sampling run; another one when a refiner takes over. Leaves nothing behind."""

    def __init__(self, p: Processing, drawing: Drawing, latent: torch.Tensor) -> None:
        self._latent_size = (int(latent.shape[-2]), int(latent.shape[-1]))
        self._p = p
        self._drawing = drawing
        self._hooks = ExitStack()
        self._calls: list[RegionalCall] = []
        self._without_sketch: str | None = None
        self._without_guidance: str | None = None
        self._has_negatives = False
        self.gradients: Gradients | None = None

    @property
    def size(self) -> tuple[int, int]:
        """The picture's height and width in pixels."""
        height, width = self._latent_size
        cell = latent_cell()
        return height * cell, width * cell

    @property
    def ever(self) -> bool:
        """Whether any call of a UNet carried the canvas."""
        return any(call.ever for call in self._calls)

    def without_sketch(self, reason: str) -> None:
        """The infotext and the page say why the method's start did not apply."""
        self._without_sketch = reason
        self._drawing.told.noted(f"The picture began without the sketch: {reason}.")
        self._p.extra_generation_params[NO_SKETCH] = reason

    def without_guidance(self, reason: str, hint: str = OTHER) -> None:
        """The infotext says why the method's guidance did not apply. Raises OmostError for a method of nothing else."""
        self._without_guidance = reason
        self._drawing.told.noted(told_unguided(self._drawing.method, reason, hint))
        self._p.extra_generation_params[NO_GUIDANCE] = reason

    def _guide(self, denoiser: WebUIDenoiser, call: RegionalCall, why_not: str | None) -> None:
        """The method's guidance of the job's present model, where it has a place."""
        guidance, self.gradients = self._drawing.method.guidance, None
        if guidance is None:
            return
        reason = why_unguided(denoiser, self._drawing.canvas) or why_not
        if reason is None:
            self.gradients = Gradients(denoiser, call, guidance, stopped=stopped)
        else:
            self.without_guidance(reason)

    @property
    def called(self) -> bool:
        """Whether any call of a UNet came while it was hooked, with the canvas or without."""
        return any(call.rows for call in self._calls)

    def note_what_never_came(self) -> None:
        """The user is told of a sampler that took no step, or of negative words that no row of any call followed."""
        if self._calls and not self.called and not stopped():
            self._note_on("the steps", "the sampler took no step, so no region was drawn")
        elif self._has_negatives and not any(call.ever_kept_away for call in self._calls) and not stopped():
            note = "the negative words of the regions reached no row: another extension changed the negative prompt"
            self._note_on("negative words", note)

    def _note_on(self, what: str, note: str) -> None:
        self._drawing.told.noted(note)
        self._p.extra_generation_params[f"{NOTE}on {what}"] = note

    def take_over(self, multicond: Any, unconditional: Any) -> Any:
        """The host's conditioning → the canvas's, with the UNet of the job's present model hooked for it.

        The unconditional one stays as it is: rows that carry it follow the regions' negative words.
        """
        self._hooks.close()  # those of the model before, whose weights may have been exchanged in place
        drawing = self._drawing
        refuse_trained(drawing.wording.method, self._p.sd_model)
        following = self._follow_references()
        if not drawing.method.is_regional:
            joined = [joined_text(canvas, drawing.wording) for canvas in drawing.canvases]
            self._note([*drawing.notes, *dict.fromkeys(note for one in joined for note in one.notes)])
            made = joined_conditioning(self._p, [one.text for one in joined], drawing.wording.mixing)
            if following.pictures:
                whole = whole_pictures(made)
                self._hook(denoiser_of(self._p.sd_model), whole, references=following.pictures, attends=False)
            if following.shown is not None:
                denoiser = denoiser_of(self._p.sd_model)
                refuse_unmasked(denoiser)
                self._hook(denoiser, (), pictures=following.shown)
            return multicond_marked_like(made, multicond)
        host, steered, kept_away = self._steered(multicond, unconditional)
        self._has_negatives = self._has_negatives or bool(kept_away.contexts)
        self._note([*drawing.notes, *steered.notes, *kept_away.notes])
        patches = patches_of(host, drawing.canvas)
        if patches or drawing.method.pixels is not None or drawing.method.guidance is not None:
            refuse_merged_tokens(self._p, drawing.method)
        parts = {"patches": patches, "negatives": kept_away.contexts, "references": following.pictures}
        why_not = no_gradient_through(host.denoiser, self._p.sd_model)
        units = self._hooks.enter_context(units_taken_off(host.denoiser.layers))
        call = self._hook(host.denoiser, steered.contexts, **parts, pictures=following.shown)
        self._hooks.enter_context(beside_units(units))
        self._hooks.enter_context(beside_replacements(self._p, host.denoiser.layers, call))
        self._calls.append(call)
        self._guide(host.denoiser, call, why_not)
        return steered.multicond

    def _hook(self, denoiser: Denoiser, contexts: Sequence[RegionalContext], **parts: Any) -> RegionalCall:
        rows, columns = self._latent_size
        attention = regional_attention(
            denoiser,
            contexts,
            self._drawing.method,
            height=rows,
            width=columns,
            encoded=lambda picture: encoded(self._p, picture),
            **parts,
        )
        return self._hooks.enter_context(attention)

    def _follow_references(self) -> Following:
        """Regions with a reference picture follow it beside their words, whatever the method."""
        drawing, (height, width) = self._drawing, self.size
        using = with_references(self._p, drawing.canvas, drawing.method, drawing.adapters, height=height, width=width)
        following = self._hooks.enter_context(using)
        if following.adapter is not None:
            self._p.extra_generation_params[REFERENCES_BY] = following.adapter
        elif not getattr(self._p, "is_hr_pass", False):
            self._p.extra_generation_params.pop(REFERENCES_BY, None)  # of another canvas in the same job
        return following

    def _steered(self, multicond: Any, unconditional: Any) -> tuple[WebUIHost, SteeredConditioning, KeptAway]:
        """Raises OmostError also where the WebUI is built in another way than any that is known."""
        drawing, (height, width) = self._drawing, self.size
        try:
            host = host_of(self._p, drawing.cache, width=width, height=height)
            refuse_method(host.denoiser, drawing.wording.method, self._p.sd_model)
            refuse_unmasked(host.denoiser)
            refuse_fast_refiner(self._p)
            refuse_replacements(self._p.sd_model, drawing.method)
            refuse_units(host.denoiser.layers, drawing.method)
            refuse_whole_callers(host.denoiser, drawing.method)
            if host.taken_by is not None:
                let_go(self._p)
                raise OmostError(f"Omost cannot steer this picture: {host.taken_by}", hint="switch one of the two off")
            steered = steer(host, drawing.canvases, drawing.wording, multicond, prompts=_prompts_of(self._p))
            is_literal = drawing.wording.literal
            return host, steered, steer_negatives(self._p, host, drawing.canvas, unconditional, is_literal=is_literal)
        except DIFFERENCES as error:
            raise OmostError(
                f"Omost does not find its way in {webui_name()} ({type(error).__name__}: {error})",
                hint="please report this; the method plain works without it",
            ) from error

    def _note(self, notes: Sequence[str]) -> None:
        """In the picture's infotext and to the page."""
        told = self._p.extra_generation_params
        for name in [name for name in told if name.startswith(NOTE) and not is_hires(self._p)]:
            del told[name]  # of another picture of the job, or of a plot
        new = [note for note in notes if note not in told.values()]
        before = sum(name.startswith(NOTE) for name in told)  # of the first pass
        told.update({f"{NOTE}{number}": note for number, note in enumerate(new, before + 1)})
        if self._without_sketch is not None:  # a refiner takes over later in the same run
            told[NO_SKETCH] = self._without_sketch
        if self._without_guidance is not None:
            told[NO_GUIDANCE] = self._without_guidance
        for note in notes:
            self._drawing.told.noted(note)

    def __enter__(self) -> Steering:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._hooks.close()


def _prompts_of(p: Any) -> Sequence[str]:
    """The pictures' own prompts, without extra networks; the hires pass may have others."""
    if is_hires(p) and getattr(p, "hr_prompts", None):
        return list(p.hr_prompts)
    return list(p.prompts)


def stopped() -> bool:
    """Whether the user ended the job, or the picture."""
    from modules import shared

    return bool(shared.state.interrupted or shared.state.skipped)
