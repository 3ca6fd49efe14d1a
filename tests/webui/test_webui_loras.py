"""LoRA of regions in a WebUI: found and loaded by the host's own extension, and nothing of them left behind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Lora, Region, write_canvas
from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.webui.capabilities.loras import lora_aliases, lora_names, loras_of

KEY = "blocks.0.attn2.to_k"


def code_with(*loras: Lora, words: str = "A red circle.") -> str:
    left = Region("on the left", "no offset", "a small vertical area", 2.0, words, loras=loras)
    right = Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square.")
    return write_canvas(Canvas("A white background.", regions=(left, right)))


@dataclass
class Change:
    """A module of a network, as A1111's extension has it."""

    network: Any
    sd_module: Any
    delta: torch.Tensor
    text: bool = False

    def calc_updown(self, weight: torch.Tensor) -> tuple[torch.Tensor, None]:
        strength = self.network.te_multiplier if self.text else self.network.unet_multiplier
        return self.delta.to(weight) * strength, None


@dataclass
class Network:
    name: str
    modules: dict[str, Change] = field(default_factory=dict)
    te_multiplier: float = 0.25
    unet_multiplier: float = 0.25


class AppliedNetworks:
    """A1111's extension: what is loaded is in a layer's weights when the layer is brought up to date."""

    def __init__(self, unet: Any, text_layer: Any, files: list[Path]) -> None:
        self.loaded_networks: list[Network] = []
        self.available_networks = {file.stem: SimpleNamespace(name=file.stem, filename=str(file)) for file in files}
        self.available_network_aliases = {"round shapes": self.available_networks["round"], **self.available_networks}
        self.forbidden_network_aliases: dict[str, int] = {"none": 1}
        self.listed = 0
        self._own = (unet.get_submodule(KEY), text_layer)
        self._before = {id(layer): layer.weight.detach().clone() for layer in self._own}

    def list_available_networks(self) -> None:
        self.listed += 1

    def load_network(self, name: str, on_disk: Any) -> Network:
        if name == "damaged":
            raise ValueError("no header")
        net = Network(on_disk.name)
        if name != "foreign":
            image, words = self._own
            net.modules = {
                "image": Change(net, image, torch.ones_like(image.weight)),
                "words": Change(net, words, torch.ones_like(words.weight), text=True),
            }
        return net

    def network_apply_weights(self, layer: Any) -> None:
        weight = self._before[id(layer)].clone()
        for net in self.loaded_networks:
            for change in net.modules.values():
                if change.sd_module is layer:
                    weight += change.calc_updown(weight)[0]
        layer.weight.data.copy_(weight)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{name}.safetensors" for name in ("round", "damaged", "foreign")]
    for file in found:
        file.write_bytes(b"")
    return found


@pytest.fixture
def words() -> torch.nn.Module:
    """A layer of the host's text encoder."""
    return torch.nn.Linear(3, 3)


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch, unet: Any, words: Any, files: list[Path]) -> AppliedNetworks:
    networks = AppliedNetworks(unet, words, files)
    monkeypatch.setitem(sys.modules, "networks", networks)
    return networks


def test_a_name_or_an_alias_gives_the_layers_at_weight_1_and_the_list_is_made_anew(job: Any, applied: Any) -> None:
    loras = loras_of(job.sd_model)
    for name in ("round", "round shapes"):
        ((layer, change),) = loras.layers(name).items()
        assert layer == KEY
        assert torch.allclose(change.whole, torch.ones_like(change.whole), atol=1e-4)
    with pytest.raises(BadInputError, match="there is no LoRA 'None'"):
        loras.layers("None")
    assert applied.listed == 1
    assert lora_names() == ["damaged", "foreign", "round"]
    assert sorted(lora_aliases()) == ["damaged", "foreign", "round", "round shapes"]
    applied.forbidden_network_aliases["round shapes"] = 1
    assert sorted(lora_aliases()) == ["damaged", "foreign", "round"]


@pytest.mark.parametrize(("name", "error"), [("damaged", ModelError), ("foreign", BadInputError)])
def test_one_that_cannot_be_used_is_refused_by_its_name(job: Any, applied: Any, name: str, error: type) -> None:
    with pytest.raises(error, match=f"LoRA {name}") as refused:
        loras_of(job.sd_model).layers(name)
    assert refused.value.hint


def test_one_of_another_models_shapes_is_refused_by_its_name(
    job: Any, applied: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Change, "calc_updown", lambda *_: (torch.ones(5, 7), None))
    with pytest.raises(BadInputError, match="LoRA round is of another shape"):
        loras_of(job.sd_model).layers("round")


def test_other_faults_of_a_lora_are_not_called_one_of_its_shape(
    job: Any, applied: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("can't allocate memory")

    monkeypatch.setattr(Change, "calc_updown", fails)
    with pytest.raises(RuntimeError, match="memory"):
        loras_of(job.sd_model).layers("round")


@pytest.mark.parametrize("fault", [None, RuntimeError("out of memory")])
def test_the_text_encoder_is_under_it_in_the_block_alone(job: Any, applied: Any, words: Any, fault: Any) -> None:
    before = words.weight.detach().clone()
    own = Network("style")
    applied.loaded_networks.append(own)
    with (
        pytest.raises(RuntimeError) if fault else _nothing(),
        loras_of(job.sd_model).in_text([Lora("round", 2.0, 0.5)]),
    ):
        applied.network_apply_weights(words)  # as the host does when the layer is called
        assert torch.allclose(words.weight, before + 0.5)
        if fault:
            raise fault
    assert applied.loaded_networks == [own]
    assert torch.equal(words.weight, before)


def test_a_host_without_such_an_extension_refuses_by_name(job: Any, run: Callable) -> None:
    assert "networks" not in sys.modules
    assert (lora_names(), lora_aliases()) == ([], [])
    with pytest.raises(OmostError, match="LoRA round of a region cannot be drawn in this WebUI") as refused:
        run(job, True, code_with(Lora("round")))
    assert "prompt box" in str(refused.value)


def test_a_job_is_drawn_with_it_and_leaves_nothing(job: Any, run: Callable, applied: Any, unet: Any) -> None:
    plain = run(job, True, code_with())
    ours = run(job, True, code_with(Lora("round", 3.0)))
    again = run(job, True, code_with())
    assert not torch.allclose(ours, plain, atol=1e-3)
    assert torch.equal(again, plain)
    assert not any("forward" in vars(module) for module in unet.modules())
    assert applied.loaded_networks == []


def test_a_tag_in_the_words_is_that_lora_and_is_told(job: Any, run: Callable, applied: Any) -> None:
    entry = run(job, True, code_with(Lora("round", 3.0)))
    tagged = run(job, True, code_with(words="A red circle <lora:round:3>."))
    assert torch.equal(tagged, entry)
    assert any("<lora:round:3> was taken out" in str(text) for text in job.extra_generation_params.values())
    assert not any("lora" in text for call in job.encoded for text in call)


def test_words_under_a_lora_are_kept_apart_from_the_same_words(job: Any, run: Callable, applied: Any) -> None:
    run(job, True, code_with())
    job.encoded.clear()
    run(job, True, code_with(Lora("round", 3.0)))
    assert [text for call in job.encoded for text in call] == ["A white background. A red circle."]
    job.encoded.clear()
    run(job, True, code_with(Lora("round", 3.0)))
    assert job.encoded == []
    run(job, True, code_with(Lora("round", 3.0, 0.0)))
    assert job.encoded == []


def test_token_merging_is_refused(job: Any, run: Callable, applied: Any) -> None:
    job.get_token_merging_ratio = lambda for_hr: 0.5
    run(job, True, code_with())
    with pytest.raises(OmostError, match="token merging"):
        run(job, True, code_with(Lora("round")))


class Patcher:
    """Forge's: patches by label on a clone."""

    def __init__(self, model: Any, lora_patches: dict[Any, Any] | None = None) -> None:
        self.model, self.lora_patches, self.model_options = model, lora_patches or {}, {}

    def clone_with(self, label: str, patches: dict[str, Any]) -> Patcher:
        return Patcher(self.model, {**self.lora_patches, (label, 1.0): patches})


class PatchedNetworks(AppliedNetworks):
    """The Forge family's extension."""

    network_apply_weights = None  # type: ignore[assignment]

    def load_lora_state_dict(self, filename: str) -> str:
        return Path(filename).stem

    def load_lora_for_models(
        self, unet: Patcher, clip: Patcher, state: str, image: float, text: float, filename: str
    ) -> tuple[Patcher, Patcher]:
        if state == "damaged":
            raise ValueError("no header")
        if state == "foreign":
            return unet, clip
        patched = unet.clone_with(
            filename, {f"diffusion_model.{KEY}.weight": [[image, ("diff", None), 1.0, None, None]]}
        )
        return patched, clip.clone_with(filename, {"layer.weight": [[text, ("diff", None), 1.0, None, None]]})


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch, unet: Any, words: Any, files: list[Path]) -> Any:
    """A model of Forge's with its patchers."""

    def merge(patches: list[Any], weight: torch.Tensor, key: str, computation_dtype: Any) -> torch.Tensor:
        return weight + sum(patch[0] for patch in patches)

    inner = torch.nn.Module()
    inner.diffusion_model = unet
    monkeypatch.setitem(sys.modules, "networks", PatchedNetworks(unet, words, files))
    for name in ("backend", "backend.patcher", "backend.patcher.lora"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(merge_lora_to_weight=merge, __path__=[]))
    own = {("style.safetensors", 0.5): {f"diffusion_model.{KEY}.weight": [[0.5, ("diff", None), 1.0, None, None]]}}
    objects = SimpleNamespace(unet=Patcher(inner, own), clip=Patcher(words))
    return SimpleNamespace(forge_objects=objects)


def test_forges_patches_give_the_difference_alone(forge: Any) -> None:
    before = forge.forge_objects.unet
    ((layer, change),) = loras_of(forge).layers("round").items()
    assert layer == KEY
    assert torch.allclose(change.whole, torch.ones_like(change.whole), atol=1e-4)
    assert forge.forge_objects.unet is before
    assert len(before.lora_patches) == 1


@pytest.mark.parametrize("fault", [None, RuntimeError("out of memory")])
def test_forges_text_encoder_is_exchanged_in_the_block_alone(forge: Any, fault: Any) -> None:
    before = forge.forge_objects.clip
    with pytest.raises(RuntimeError) if fault else _nothing(), loras_of(forge).in_text([Lora("round", 1.0, 0.5)]):
        ((patches),) = forge.forge_objects.clip.lora_patches.values()
        assert patches["layer.weight"][0][0] == 0.5
        if fault:
            raise fault
    assert forge.forge_objects.clip is before


@pytest.mark.parametrize(("name", "error"), [("damaged", ModelError), ("foreign", BadInputError)])
def test_forges_refusals_are_by_name_too(forge: Any, name: str, error: type) -> None:
    with pytest.raises(error, match=f"LoRA {name}"):
        loras_of(forge).layers(name)


def test_forges_refusal_of_another_models_shapes_is_by_name_too(forge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def merge(patches: list[Any], weight: torch.Tensor, key: str, computation_dtype: Any) -> torch.Tensor:
        return weight + torch.ones(5, 7)

    monkeypatch.setattr(sys.modules["backend.patcher.lora"], "merge_lora_to_weight", merge)
    with pytest.raises(BadInputError, match="LoRA round is of another shape"):
        loras_of(forge).layers("round")


def test_a_forge_of_another_kind_refuses(forge: Any) -> None:
    del forge.forge_objects.unet.lora_patches
    with pytest.raises(OmostError, match="cannot be drawn in this WebUI"):
        loras_of(forge).layers("round")
    with loras_of(forge).in_text([]):
        pass


class ListPatcher:
    """That of reForge and Forge Classic: a list of patches for each parameter."""

    def __init__(self, model: Any, patches: dict[str, list[Any]] | None = None) -> None:
        self.model, self.model_options = model, {}
        self.patches: dict[str, list[Any]] = patches or {}

    def clone(self) -> ListPatcher:
        return type(self)(self.model, {key: list(own) for key, own in self.patches.items()})

    def add_patches(self, patches: dict[str, Any], strength: float) -> None:
        for key, patch in patches.items():
            self.patches.setdefault(key, []).append((strength, patch, 1.0))


class MergingPatcher(ListPatcher):
    """Forge Classic's merges itself."""

    def calculate_weight(self, patches: list[Any], weight: torch.Tensor, key: str) -> torch.Tensor:
        return _merged(patches, weight, key)


def _merged(patches: list[Any], weight: torch.Tensor, key: str) -> torch.Tensor:
    for strength, _, _ in patches:
        weight += strength  # in place, as they do
    return weight


class ListNetworks(PatchedNetworks):
    """reForge's extension gives clones even where nothing fits."""

    def load_lora_for_models(
        self, unet: Any, clip: Any, state: str, image: float, text: float, filename: str
    ) -> tuple[Any, Any]:
        if state == "damaged":
            raise ValueError("no header")
        patched, words = unet.clone(), SimpleNamespace(patcher=clip.patcher.clone())
        if state != "foreign":
            patched.add_patches({f"diffusion_model.{KEY}.weight": "lora"}, image)
            words.patcher.add_patches({"layer.weight": "lora"}, text)
        return patched, words


@pytest.fixture(params=["reForge", "Classic"])
def listed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, unet: Any, words: Any, files: list[Path]
) -> Any:
    """A model in a host whose patches are lists, one of them of the prompt box's LoRA."""
    inner = torch.nn.Module()
    inner.diffusion_model = unet
    monkeypatch.setitem(sys.modules, "networks", ListNetworks(unet, words, files))
    kind = MergingPatcher if request.param == "Classic" else ListPatcher
    if request.param == "reForge":
        monkeypatch.setitem(sys.modules, "ldm_patched.modules.lora", SimpleNamespace(calculate_weight=_merged))
    own = kind(inner, {f"diffusion_model.{KEY}.weight": [(0.5, "lora", 1.0)]})
    return SimpleNamespace(forge_objects=SimpleNamespace(unet=own, clip=SimpleNamespace(patcher=kind(words))))


def test_patches_in_lists_give_the_difference_alone(listed: Any, unet: Any) -> None:
    before, weight = listed.forge_objects.unet, unet.get_submodule(KEY).weight.clone()
    ((layer, change),) = loras_of(listed).layers("round").items()
    assert layer == KEY
    assert torch.allclose(change.whole, torch.ones_like(change.whole), atol=1e-4)
    assert listed.forge_objects.unet is before
    assert [len(own) for own in before.patches.values()] == [1]
    assert torch.equal(unet.get_submodule(KEY).weight, weight)


@pytest.mark.parametrize("fault", [None, RuntimeError("out of memory")])
def test_the_text_encoder_of_such_a_host_is_exchanged_in_the_block_alone(listed: Any, fault: Any) -> None:
    before = listed.forge_objects.clip
    loras = [Lora("round", 1.0, 0.5), Lora("round", 1.0, 0.5)]  # twice is twice
    with pytest.raises(RuntimeError) if fault else _nothing(), loras_of(listed).in_text(loras):
        assert [one[0] for one in listed.forge_objects.clip.patcher.patches["layer.weight"]] == [0.5, 0.5]
        if fault:
            raise fault
    assert listed.forge_objects.clip is before
    assert before.patcher.patches == {}


@pytest.mark.parametrize(("name", "error"), [("damaged", ModelError), ("foreign", BadInputError)])
def test_the_refusals_of_such_a_host_are_by_name_too(listed: Any, name: str, error: type) -> None:
    with pytest.raises(error, match=f"LoRA {name}"):
        loras_of(listed).layers(name)


def test_weights_that_a_host_keeps_patched_are_refused(listed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PERSISTENT_PATCHES", True, raising=False)
    for use in (
        lambda: loras_of(listed).layers("round"),
        lambda: loras_of(listed).in_text([Lora("round")]).__enter__(),
    ):
        with pytest.raises(OmostError, match=r"LoRA round .* keeps patched weights") as refused:
            use()
        assert "--persistent-patches" in refused.value.hint


def test_a_host_with_patches_and_nothing_that_merges_them_refuses(listed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ldm_patched.modules.lora", SimpleNamespace())
    listed.forge_objects.unet = ListPatcher(listed.forge_objects.unet.model)
    with pytest.raises(OmostError, match="cannot be drawn in this WebUI"):
        loras_of(listed).layers("round")


@contextmanager
def _nothing() -> Iterator[None]:
    yield
