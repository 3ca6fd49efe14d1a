"""Loading an image model from disk: the mini checkpoint, a folder of a known family, or an SD1.x / SDXL file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lib_omost.errors import BadInputError, MissingPackageError, ModelError, OmostError
from lib_omost.hosts.diffusers.folder import read_index, read_options, read_parts
from lib_omost.hosts.diffusers.needs import needs_of
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.weights import tensor_names
from lib_omost.hosts.diffusers.trained.gligen_layers import add_layers_of, are_layers
from lib_omost.hosts.diffusers.trained.instance_layers import add_instances_of
from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.folder import is_mini_folder
from lib_omost.mini.tokenizer import load_tokenizer
from lib_omost.quiet import quiet_bitsandbytes
from lib_omost.reasons import reason

_UNUSED = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
SINGLE_FILE_SUFFIXES = (".safetensors", ".ckpt")
CONFIGS = Path(__file__).parent / "configs"


@dataclass(frozen=True)
class Architecture:
    """How a single-file checkpoint of one family is told from others and read.

    `marker` is the name of a tensor that only this family has; `config` a folder with the family's diffusers configs,
    `padding` the token that each of its tokenizers pads with.
    """

    name: str
    marker: str
    config: Path
    pipeline: str
    padding: Mapping[str, str]


SD1 = Architecture(
    "SD1.x",
    "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight",
    CONFIGS / "sd1",
    "StableDiffusionPipeline",
    {"tokenizer": "<|endoftext|>"},
)
SDXL = Architecture(
    "SDXL",
    "conditioner.embedders.1.model.positional_embedding",
    CONFIGS / "sdxl",
    "StableDiffusionXLPipeline",
    {"tokenizer": "<|endoftext|>", "tokenizer_2": "!"},
)


def best_device() -> torch.device:
    """CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def load_checkpoint(
    path: Path | None = None,
    device: torch.device | None = None,
    gligen: Path | None = None,
    instances: Path | None = None,
) -> Pipeline:
    """The pipeline of the checkpoint at `path`, or of the mini checkpoint when it is None, ready on `device`.

    Half precision on a GPU, single precision on the CPU, where half is slow. Nothing is fetched. The sampler of UNets
    is DPM++ 2M Karras, whatever the checkpoint's own; transformers keep theirs, which goes with their noise.
    `gligen`: a file of grounded layers to stand beside an SD1.x checkpoint; `instances`: InstanceDiffusion's, in their
    place.

    Raises BadInputError when `path` is no checkpoint of a known kind, or not of the one that the layers were made for,
    ModelError when it cannot be read, MissingPackageError without diffusers.
    """
    device = device or best_device()
    on_cpu = device.type == "cpu"
    kind = _kind_of(path)
    if kind is None:
        raise BadInputError(
            f"there is no checkpoint at {str(path)[:300]}", hint="give a diffusers folder or a .safetensors file"
        )
    if path is None or kind == "mini":
        pipeline: Pipeline = load_mini(path, torch.float32 if on_cpu else torch.float16)
    elif kind == "folder":
        pipeline = load_folder(path, None if on_cpu else device)
    else:
        pipeline = load_single_file(path, torch.float32 if on_cpu else torch.float16)
    if gligen is not None:
        if not hasattr(pipeline, "unet"):
            raise BadInputError("GLIGEN's layers stand in UNets alone", hint="choose a checkpoint of SD1.x")
        add_layers_of(pipeline.unet, gligen)
    if instances is not None:
        if not hasattr(pipeline, "unet"):
            raise BadInputError("InstanceDiffusion's layers stand in UNets alone", hint="choose a checkpoint of SD1.5")
        add_instances_of(pipeline.unet, instances)
    if hasattr(pipeline, "unet"):
        pipeline.scheduler = dpm_2m_karras(pipeline.scheduler)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def memory_told(path: Path | None, device: torch.device | None = None) -> str | None:
    """What a folder of a transformer will take of memory, in words; None for other checkpoints, which are small.

    Raises as `load_checkpoint` does for a folder that cannot be used.
    """
    if path is None or _kind_of(path) != "folder":
        return None
    family, _ = read_index(path)
    return needs_of(path, family, device or best_device()).told if "transformer" in family.parts else None


def _kind_of(path: Path | None) -> str | None:
    """What is there: "mini", "folder" or "file"; None where there is nothing."""
    try:
        if path is None or is_mini_folder(path):
            return "mini"
        return "folder" if path.is_dir() else "file" if path.exists() else None
    except (OSError, ValueError):  # no file can have this name
        return None


def dpm_2m_karras(scheduler: Any) -> Any:
    """DPM++ 2M (Lu et al. 2022, arXiv 2211.01095) on Karras' sigmas, with the noise schedule of `scheduler`."""
    from diffusers import DPMSolverMultistepScheduler

    return DPMSolverMultistepScheduler.from_config(
        scheduler.config, algorithm_type="dpmsolver++", solver_order=2, use_karras_sigmas=True
    )


def load_folder(folder: Path, device: torch.device | None = None) -> Pipeline:
    """A diffusers folder, with or without fp16 variants of its files, on the CPU; for `device` in half precision."""
    family, classes = read_index(folder)
    make = family.make or _maker(family.pipeline)
    extras = _UNUSED if family.pipeline == SD1.pipeline else read_options(folder, family)
    dtype = torch.float32 if device is None else family.half
    try:
        with quiet_bitsandbytes():
            return make(read_parts(folder, family, classes, dtype) | extras)
    except OmostError:
        raise
    except Exception as error:  # whatever a damaged file makes diffusers, transformers or safetensors raise
        raise ModelError(f"cannot load {folder}: {reason(error)}", hint="is the folder complete?") from error


def load_single_file(file: Path, dtype: torch.dtype, architecture: Architecture | None = None) -> Pipeline:
    """A checkpoint in one file, as the WebUIs use them. `architecture` None is told from the names of its tensors."""
    if file.suffix not in SINGLE_FILE_SUFFIXES:
        raise BadInputError(f"{file.name} is no checkpoint", hint=f"one of {', '.join(SINGLE_FILE_SUFFIXES)} is needed")
    try:
        names = frozenset(tensor_names(file))
    except OmostError:
        raise
    except Exception as error:  # whatever a damaged file makes safetensors or pickle raise
        raise ModelError(
            f"cannot read {file.name}: {reason(error)}", hint="the file may be cut short or damaged"
        ) from error
    architecture = architecture or architecture_of(file, names)
    tokenizers = {name: load_tokenizer() for name in architecture.padding}
    for name, token in architecture.padding.items():
        tokenizers[name].pad_token = token
    try:
        pipeline = _pipeline_class(architecture.pipeline).from_single_file(
            file,
            config=str(architecture.config),
            torch_dtype=dtype,
            local_files_only=True,
            **tokenizers,
        )
    except Exception as error:  # as above; tensors that are missing end here too
        raise ModelError(
            f"cannot load {file.name} as {architecture.name}: {reason(error)}",
            hint="the file may lack a part or be pruned",
        ) from error
    if are_layers(names):
        add_layers_of(pipeline.unet, file)
    if "v_pred" in names:  # how SDXL checkpoints in one file say that they predict v
        pipeline.scheduler.register_to_config(prediction_type="v_prediction", rescale_betas_zero_snr="ztsnr" in names)
    return pipeline


def architecture_of(file: Path, names: frozenset[str]) -> Architecture:
    """The family whose marker is among `names`; raises BadInputError for any other."""
    for architecture in (SD1, SDXL):
        if architecture.marker in names:
            return architecture
    raise BadInputError(
        f"{file.name} is neither an SD1.x nor an SDXL checkpoint",
        hint="a UNet or LoRA alone and SD2 cannot be used; Flux and others like it are read as diffusers folders",
    )


def _maker(name: str) -> Callable[[dict[str, Any]], Pipeline]:
    pipeline = _pipeline_class(name)
    return lambda parts: pipeline(**parts)


def _pipeline_class(name: str) -> Any:
    try:
        import diffusers
    except ImportError as error:
        raise MissingPackageError("diffusers", "drawing pictures") from error
    with quiet_bitsandbytes():  # what a name stands for is imported when it is asked for
        return getattr(diffusers, name)
