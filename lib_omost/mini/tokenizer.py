"""CLIP's tokenizer, built in memory from the merges that the package open_clip_torch carries."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from lib_omost.errors import MissingPackageError, ModelError

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

VOCABULARY_SIZE = 49408
CONTEXT_LENGTH = 77
START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
_MERGES_FILE = "bpe_simple_vocab_16e6.txt.gz"


def load_tokenizer() -> CLIPTokenizer:
    """The tokenizer of every SD1 checkpoint: 49,408 tokens, context 77, padded with `<|endoftext|>`.

    Raises MissingPackageError without transformers or open_clip_torch (whose code is never imported), ModelError when
    the merges file in it is not CLIP's.
    """
    try:
        from transformers import CLIPTokenizer
    except ImportError as error:
        raise MissingPackageError("transformers", "the tokenizer") from error
    merges = read_merges(find_merges_file())
    return CLIPTokenizer(
        vocab=vocabulary(merges),
        merges=merges,
        bos_token=START,
        eos_token=END,
        unk_token=END,
        pad_token=END,
        model_max_length=CONTEXT_LENGTH,
    )


def find_merges_file() -> Path:
    """The path of CLIP's merges inside the installed open_clip_torch; the package is located, not imported.

    Raises MissingPackageError when it is not installed.
    """
    spec = importlib.util.find_spec("open_clip")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder, _MERGES_FILE)
        if file.is_file():
            return file
    raise MissingPackageError("open_clip_torch", "the CLIP vocabulary of the mini checkpoint")


def read_merges(file: Path) -> list[tuple[str, str]]:
    """The byte-pair merges that CLIP uses, best first: the file holds a title line and then more than it uses.

    Raises ModelError when the file is not a gzip of such lines.
    """
    used = VOCABULARY_SIZE - 2 * 256 - 2  # every byte twice (inside a word, at its end) and two special tokens
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            pairs = [tuple(line.split()) for line in lines][1 : 1 + used]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ModelError(f"cannot read the CLIP vocabulary {file}: {error}", hint=_REINSTALL) from error
    if len(pairs) != used or any(len(pair) != 2 for pair in pairs):
        raise ModelError(f"{file} is not the CLIP vocabulary", hint=_REINSTALL)
    return [(pair[0], pair[1]) for pair in pairs]


def vocabulary(merges: list[tuple[str, str]]) -> dict[str, int]:
    """Token → id: byte symbols, byte symbols at a word's end, merges, specials, in CLIP's order."""
    symbols = _byte_symbols()
    tokens = [*symbols, *(s + WORD_END for s in symbols), *(a + b for a, b in merges), START, END]
    return {token: index for index, token in enumerate(tokens)}


_REINSTALL = "pip install --no-deps --force-reinstall open_clip_torch"


def _byte_symbols() -> list[str]:
    """One printable character for each byte, printable Latin-1 first (GPT-2's byte-level alphabet)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [chr(b) for b in printable] + [chr(0x100 + n) for n in range(256 - len(printable))]
