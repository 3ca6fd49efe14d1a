"""The tokenizer built from the package's merges is CLIP's."""

import gzip
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.errors import MissingPackageError, ModelError
from lib_omost.hosts.diffusers.shared.encode import tokenize_with
from lib_omost.mini import tokenizer as tokenizer_module
from lib_omost.mini.folder import mini_folder
from lib_omost.mini.tokenizer import load_tokenizer, read_merges

# read from the tokenizer.json that OpenAI's CLIP is published with
KNOWN_IDS = {
    "a photo of a cat": [320, 1125, 539, 320, 2368],
    "A  Photo\tof a CAT": [320, 1125, 539, 320, 2368],
    "": [],
    "naïve café — 東京 🎉": [1097, 35689, 563, 15304, 2005, 48338, 21078, 361, 3986],
    "don't it's 1984!!": [847, 713, 585, 568, 272, 280, 279, 275, 748],
    "a cyan ring. an orange circle.": [320, 1470, 550, 2540, 269, 550, 4287, 7117, 269],
    "score_9, score_8_up": [4431, 318, 280, 267, 4431, 318, 279, 318, 705],
}


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer()


@pytest.mark.parametrize("text", KNOWN_IDS)
def test_ids_are_those_of_clip(tokenizer, text):
    assert tokenizer(text).input_ids == [49406, *KNOWN_IDS[text], 49407]
    assert tokenize_with(load_tokenizer())(text) == KNOWN_IDS[text]


def test_it_has_the_size_and_context_of_sd1(tokenizer):
    assert len(tokenizer) == 49408
    assert tokenizer.model_max_length == 77
    ids = tokenizer("a cat", padding="max_length", truncation=True).input_ids
    assert ids == [49406, 320, 2368] + [49407] * 74


def test_a_long_text_is_tokenized_whole():
    assert tokenize_with(load_tokenizer())("cat " * 200) == [2368] * 200


@given(words=st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), max_size=12))
@settings(max_examples=30, deadline=None)
def test_words_come_back_from_their_ids(tokenizer, words):
    ids = tokenizer(" ".join(words), add_special_tokens=False).input_ids
    assert tokenizer.decode(ids) == " ".join(words)


@given(text=st.text(max_size=80))
@settings(max_examples=30, deadline=None)
def test_any_text_is_made_of_known_tokens(tokenizer, text):
    ids = tokenizer(text).input_ids
    assert ids[0] == 49406
    assert ids[-1] == 49407
    assert all(0 <= token < 49408 for token in ids)


def test_the_package_that_carries_the_merges_is_not_imported():
    code = (
        "import sys; from lib_omost.mini.tokenizer import load_tokenizer; load_tokenizer()\n"
        "assert 'open_clip' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=mini_folder().parents[1])


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(tokenizer_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="open_clip_torch") as caught:
        load_tokenizer()
    assert caught.value.hint == "pip install open_clip_torch"


def test_without_transformers_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingPackageError, match="transformers"):
        load_tokenizer()


def test_a_short_merges_file_is_refused(tmp_path):
    file = tmp_path / "merges.gz"
    file.write_bytes(gzip.compress(b"title\ni n\nt h\n"))
    with pytest.raises(ModelError, match="is not the CLIP vocabulary") as caught:
        read_merges(file)
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    "content", [b"no gzip at all", gzip.compress(b"title\n" * 99, mtime=0)[:20], gzip.compress(b"\xff\xfe", mtime=0)]
)
def test_a_damaged_merges_file_is_refused(tmp_path, content):
    file = tmp_path / "merges.gz"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"merges\.gz"):
        read_merges(file)
