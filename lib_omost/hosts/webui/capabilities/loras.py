"""How LoRA are loaded: by the WebUI's own built-in extension, which knows every kind of file that the host reads."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch

from lib_omost.canvas import Lora
from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.loras.difference import Difference, factored
from lib_omost.reasons import reason

ONLY_PROMPT = "take it out of the regions: in the prompt box it holds for the whole picture"
Merge = Callable[[list[Any], torch.Tensor, str], torch.Tensor]  # patches, a parameter, its name
PREFIX, WEIGHT, BIAS = "diffusion_model.", ".weight", ".bias"


class WebUILoras(Protocol):
    """LoRA as one host has them, for the model of a job."""

    def layers(self, name: str, /) -> Mapping[str, Difference]:
        """What it changes in the UNet at weight 1, by the layer's name in it. Raises OmostError by its name."""
        ...

    def in_text(self, loras: Sequence[Lora], /) -> AbstractContextManager[None]:
        """The text encoders are under these LoRA too while the block runs."""
        ...


def loras_of(model: Any) -> WebUILoras:
    """Those of the host that runs `model`; a host whose extension is of another kind refuses each by its name."""
    networks = _networks()
    if networks is not None and hasattr(networks, "load_lora_for_models"):
        merge = merger_of(patcher_of(model))
        return PatchedLoras(networks, model, merge) if merge is not None else NoLoras()
    if networks is not None and hasattr(networks, "network_apply_weights"):
        return AppliedLoras(networks, model)
    return NoLoras()


def lora_names() -> list[str]:
    """The names under which the host lists its LoRA, in the order of the alphabet; none where it has no list."""
    networks = _networks()
    return sorted(getattr(networks, "available_networks", ()), key=str.casefold)


def lora_aliases() -> list[str]:
    """Other names under which a region's LoRA is found, as `_on_disk` finds it."""
    networks = _networks()
    forbidden = getattr(networks, "forbidden_network_aliases", ())
    return [name for name in getattr(networks, "available_network_aliases", ()) if name.lower() not in forbidden]


class NoLoras:
    """A host in which regions have none."""

    def layers(self, name: str, /) -> Mapping[str, Difference]:
        """Raises OmostError."""
        raise OmostError(f"the LoRA {name} of a region cannot be drawn in this WebUI", hint=ONLY_PROMPT)

    @contextmanager
    def in_text(self, loras: Sequence[Lora], /) -> Iterator[None]:
        """Raises OmostError unless there are none."""
        for lora in loras:
            self.layers(lora.name)
        yield


class AppliedLoras:
    """A1111: the extension's networks change a layer's weights in place when the layer is next called."""

    def __init__(self, networks: Any, model: Any) -> None:
        self._networks = networks
        self._model = model

    def layers(self, name: str, /) -> Mapping[str, Difference]:
        """By the modules that the host matched with the file's layers."""
        net = self._load(name)
        own = {id(module): layer for layer, module in self._model.model.diffusion_model.named_modules()}
        found: dict[str, Difference] = {}
        with torch.no_grad():
            for module in net.modules.values():
                layer = own.get(id(module.sd_module))
                if layer is None:
                    continue
                self._bring_up_to_date(module.sd_module)
                exact = getattr(module.sd_module, "fp16_weight", None)
                weight = module.sd_module.weight if exact is None else exact.to(module.sd_module.weight.device)
                with _shapes_fit(name):
                    delta, bias = module.calc_updown(weight)
                    delta = delta.reshape(weight.shape)
                found[layer] = _difference(delta, bias)
        return found

    @contextmanager
    def in_text(self, loras: Sequence[Lora], /) -> Iterator[None]:
        """Beside those of the prompt box, which stay; every layer is as it was when the block ends."""
        if not loras:
            yield
            return
        nets = []
        for lora in loras:
            net = self._load(lora.name)
            net.te_multiplier = net.unet_multiplier = lora.text
            nets.append(net)
        before = list(self._networks.loaded_networks)
        self._networks.loaded_networks.extend(nets)
        try:
            yield
        finally:
            self._networks.loaded_networks[:] = before
            unet = {id(module) for module in self._model.model.diffusion_model.modules()}
            changed = [module.sd_module for net in nets for module in net.modules.values()]
            for layer in changed:
                if id(layer) not in unet:
                    self._bring_up_to_date(layer)

    def _load(self, name: str) -> Any:
        """A network of our own: the host keeps its multipliers in the one that it has."""
        on_disk = _on_disk(self._networks, name)
        try:
            net = self._networks.load_network(name, on_disk)
        except Exception as error:  # whatever a damaged file makes the extension raise
            raise _unreadable(name, error) from error
        if not net.modules:
            raise _of_another_kind(name)
        net.te_multiplier = net.unet_multiplier = 1.0
        return net

    def _bring_up_to_date(self, layer: Any) -> None:
        """The prompt box's LoRA are in the weights, and no other: the host does so when it calls the layer."""
        from modules import shared

        if not getattr(shared.opts, "lora_functional", False):
            with torch.no_grad():
                self._networks.network_apply_weights(layer)


class PatchedLoras:
    """The Forge family: patches hang on a clone of a patcher and are merged into weights when its model is loaded."""

    def __init__(self, networks: Any, model: Any, merge: Merge) -> None:
        self._networks = networks
        self._model = model
        self._merge = merge

    def layers(self, name: str, /) -> Mapping[str, Difference]:
        """The host merges its own patches into each weight, in double precision, and the weight is taken away again."""
        objects = self._model.forge_objects
        patched, _ = self._patched(name, objects.unet, objects.clip, 1.0)
        found: dict[str, tuple[torch.Tensor, torch.Tensor | None]] = {}
        modules = dict(objects.unet.model.named_modules())
        for key, patches in _new_patches(objects.unet, patched).items():
            layer, kind = _split(key)
            parameter = getattr(modules.get(layer), kind.removeprefix("."), None)
            if parameter is None or not parameter.is_floating_point():
                raise OmostError(f"the LoRA {name} of a region cannot be drawn on quantized layers", hint=ONLY_PROMPT)
            with _shapes_fit(name):
                delta = _merged(self._merge, patches, parameter.detach(), key)
            weight, bias = found.get(layer, (None, None))
            found[layer] = (delta, bias) if kind == WEIGHT else (weight, delta)  # type: ignore[assignment]
        return {layer.removeprefix(PREFIX): self._whole(modules[layer], *both) for layer, both in found.items()}

    @contextmanager
    def in_text(self, loras: Sequence[Lora], /) -> Iterator[None]:
        """A clone of the text encoders' patcher stands in the model's place for it while the block runs."""
        if not loras:
            yield
            return
        objects = self._model.forge_objects
        before = clip = objects.clip
        for lora in loras:
            _, clip = self._patched(lora.name, objects.unet, clip, lora.text)
        objects.clip = clip
        try:
            yield
        finally:
            if objects.clip is clip:
                objects.clip = before

    def _patched(self, name: str, unet: Any, clip: Any, strength: float) -> tuple[Any, Any]:
        if _is_persistent(unet):
            raise OmostError(
                f"the LoRA {name} of a region cannot be drawn while the WebUI keeps patched weights",
                hint="start it without --persistent-patches, or take the LoRA out of the regions",
            )
        on_disk = _on_disk(self._networks, name)
        label = f"{on_disk.filename} of a region, {Path(on_disk.filename).stat().st_mtime_ns}"  # the key
        try:
            state = self._networks.load_lora_state_dict(on_disk.filename)
            patched = self._networks.load_lora_for_models(unet, clip, state, strength, strength, filename=label)
        except Exception as error:  # whatever a damaged file makes the extension raise
            raise _unreadable(name, error) from error
        both = ((unet, patched[0]), (_patcher(clip), _patcher(patched[1])))
        if not any(_has_more(before, after) for before, after in both):
            raise _of_another_kind(name)
        return patched[0], patched[1]

    @staticmethod
    def _whole(module: Any, delta: torch.Tensor | None, bias: torch.Tensor | None) -> Difference:
        return _difference(torch.zeros_like(module.weight) if delta is None else delta, bias)


def _networks() -> Any:
    """The module of the host's own extension, which stands in the path under this name in every host."""
    return sys.modules.get("networks")


def _on_disk(networks: Any, name: str) -> Any:
    """The host's entry for a name or an alias; its list is made anew once where it has none."""
    for anew in (False, True):
        if anew:
            networks.list_available_networks()
        aliased = name.lower() not in networks.forbidden_network_aliases
        found = networks.available_networks.get(name)
        if found is None and aliased:
            found = networks.available_network_aliases.get(name)
        if found is not None:
            return found
    raise BadInputError(f"there is no LoRA {name!r}", hint="choose one of the list, or take it out of its region")


def _difference(delta: torch.Tensor, bias: torch.Tensor | None) -> Difference:
    """Of a norm, which has no factors, ΔW as it is: it is refused later, by the layer's name."""
    return factored(delta, bias) if delta.dim() > 1 else Difference(delta.float(), None, bias)


def merger_of(patcher: Any) -> Merge | None:
    """How a host merges patches into a weight: its function of Forge's backend, its patcher's own method, or that of
    ldm_patched beside the patcher; None for a patcher of another kind."""
    if hasattr(patcher, "lora_patches"):
        merge = importlib.import_module("backend.patcher.lora").merge_lora_to_weight
        return lambda patches, weight, key: merge(patches, weight, key, computation_dtype=torch.float64)
    if not isinstance(getattr(patcher, "patches", None), dict):
        return None
    own = getattr(patcher, "calculate_weight", None)
    beside = sys.modules.get("ldm_patched.modules.lora")
    found: Merge | None = own if own is not None else getattr(beside, "calculate_weight", None)
    return found


def _new_patches(before: Any, after: Any) -> dict[str, list[Any]]:
    """The patches that `after` has beyond those of `before`, by the parameter's name."""
    if not hasattr(after, "lora_patches"):  # a list for each parameter, which new ones are appended to
        had = {key: len(patches) for key, patches in before.patches.items()}
        own = {key: list(patches[had.get(key, 0) :]) for key, patches in after.patches.items()}
        return {key: patches for key, patches in own.items() if patches}
    added: dict[str, list[Any]] = {}
    for label, patches in after.lora_patches.items():
        if label not in before.lora_patches:
            for key, each in patches.items():
                added.setdefault(key, []).extend(each)
    return added


def _has_more(before: Any, after: Any) -> bool:
    """Whether patches were added; some hosts give a clone without any, some the same patches once more."""
    return after is not before and (hasattr(after, "lora_patches") or bool(_new_patches(before, after)))


def _patcher(clip: Any) -> Any:
    return getattr(clip, "patcher", clip)


def _is_persistent(patcher: Any) -> bool:
    """Whether the host keeps merged weights from one job to the next, told by the prompt box's LoRA alone."""
    return bool(getattr(sys.modules.get(type(patcher).__module__), "PERSISTENT_PATCHES", False))


def _merged(merge: Merge, patches: list[Any], parameter: torch.Tensor, key: str) -> torch.Tensor:
    """What the host's patches add to a parameter."""
    before = parameter.to("cpu" if parameter.device.type == "mps" else parameter.device, torch.float64)
    after = merge(patches, before.clone(), key)  # some change what they are given
    return (after - before).float()


def _split(key: str) -> tuple[str, str]:
    kind = BIAS if key.endswith(BIAS) else WEIGHT
    return key.removesuffix(kind), kind


def _unreadable(name: str, error: Exception) -> OmostError:
    return ModelError(f"cannot read the LoRA {name}: {reason(error)}", hint="is the file whole, and for this model?")


@contextmanager
def _shapes_fit(name: str) -> Iterator[None]:
    """What tensors of other shapes make torch raise becomes the LoRA's refusal; anything else stays what it is."""
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise
    except RuntimeError as error:
        if not any(word in str(error) for word in ("shape", "size")):
            raise
        raise BadInputError(
            f"the LoRA {name} is of another shape than the layers of this checkpoint",
            hint="choose one that was trained for its kind",
        ) from error


def _of_another_kind(name: str) -> OmostError:
    return BadInputError(
        f"the LoRA {name} fits no layer of this checkpoint", hint="choose one that was trained for its kind"
    )
