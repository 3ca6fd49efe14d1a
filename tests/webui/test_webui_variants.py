"""Variants and wildcards of sd-dynamic-prompts in regions, and several canvases in one job."""

from __future__ import annotations

import copy
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Lora, Region, canvas_to_line, read_canvas, write_canvas
from lib_omost.errors import OmostError
from lib_omost.ui import pictures
from lib_omost.ui.pictures import PerPicture, repeated

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A circle.")
INFOTEXT = "Omost canvas"


class RandomPromptGenerator:
    """That of the library dynamicprompts, for {a|b} and __name__ alone."""

    def __init__(self, manager: Any, seed: Any = None, ignore_whitespace: bool = False, parser_config: Any = None):
        self._manager, self._random, self._signs = manager, random.Random(seed), parser_config

    def generate(self, template: str, count: int) -> list[str]:
        if "{broken" in template:
            raise ValueError("no such template")
        start, end, wrap = map(
            re.escape, (self._signs.variant_start, self._signs.variant_end, self._signs.wildcard_wrap)
        )

        def value(match: re.Match[str]) -> str:
            values = self._manager.get_all_values(match[1])
            return self._random.choice(values) if values else match[0]

        def drawn() -> str:
            inner = f"(?:(?!{start}|{end}).)*"
            text = re.sub(
                rf"{start}({inner}\|{inner}){end}", lambda match: self._random.choice(match[1].split("|")), template
            )
            return re.sub(rf"{wrap}(\w+?){wrap}", value, text)

        return [drawn() for _ in range(count)]


@pytest.fixture
def dynamic(job: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The extension, switched on for the job."""
    words = {"beast": ["fox", "owl", "hare", "boar"], "long": ["x" * 30_000], "lora": ["<lora:one:1>", "<lora:two:1>"]}
    manager = SimpleNamespace(get_all_values=lambda name: words.get(name, []))
    script = SimpleNamespace(_wildcard_manager=manager, args_from=2, args_to=4)
    job.scripts = SimpleNamespace(alwayson_scripts=[SimpleNamespace(), script])
    job.script_args = ["theirs", "theirs", True, False]
    monkeypatch.setitem(sys.modules, "dynamicprompts", SimpleNamespace())
    monkeypatch.setitem(
        sys.modules, "dynamicprompts.generators", SimpleNamespace(RandomPromptGenerator=RandomPromptGenerator)
    )
    config = SimpleNamespace(ParserConfig=SimpleNamespace)
    monkeypatch.setitem(sys.modules, "dynamicprompts.parser.config", config)
    return script


def code(*details: str, **more: Any) -> str:
    return write_canvas(Canvas("White.", regions=(replace(REGION, detailed_descriptions=details, **more),)))


def of_picture(job: Any, number: int = 0) -> Canvas:
    """What a picture's infotext restores, as hosts ask for it while its batch is drawn."""
    told = job.extra_generation_params[INFOTEXT]
    if callable(told):
        batch, before = job.batch_size, getattr(job, "iteration", 0)
        job.iteration = number // batch
        known = {"iteration": 0, "position_in_batch": 0, "use_main_prompt": False, "comments": None}
        told, job.iteration = told(p=job, index=number % batch, **known), before
    return read_canvas(told).require_canvas()


def details(job: Any, number: int = 0) -> tuple[str, ...]:
    return of_picture(job, number).regions[0].detailed_descriptions


def told(job: Any) -> str:
    return " ".join(str(value) for name, value in job.extra_generation_params.items() if name.startswith("Omost note"))


@pytest.mark.parametrize("method", ["sketch", "score", "decomposition", "plain"])
def test_what_the_seed_chooses_is_drawn_and_told(job: Any, run: Callable, dynamic: Any, method: str) -> None:
    job.all_seeds = [7]
    run(job, {"canvas": code("A {red|green|blue|gray} __beast__."), "method": method})
    (chosen,) = details(job)
    assert re.fullmatch(r"A (red|green|blue|gray) (fox|owl|hare|boar)\.", chosen)
    texts = [text for call in (*job.encoded, *job.conditioned) for text in call]
    assert any(chosen in text for text in texts)
    assert not any("{" in text or "__" in text for text in texts)
    assert "stays as it is" not in told(job)


def test_the_same_seed_chooses_the_same_and_others_choose_others(job: Any, run: Callable, dynamic: Any) -> None:
    found = {}
    for seed in [*range(12), *range(12)]:
        job.all_seeds = [seed]
        run(job, True, code("__beast__"))
        assert found.setdefault(seed, details(job)) == details(job)
    assert len(set(found.values())) > 1


def test_another_text_that_is_edited_leaves_what_was_chosen(job: Any, run: Callable, dynamic: Any) -> None:
    chosen = set()
    for other in ("plain", "{big|old} and {big|old}", "longer words"):
        job.all_seeds = [3]
        run(job, True, code(other, "__beast__"))
        chosen.add(details(job)[1])
    assert len(chosen) == 1


def test_each_picture_of_a_batch_has_its_own_choice_and_infotext(job: Any, run: Callable, dynamic: Any) -> None:
    job.batch = job.batch_size = 2
    job.prompts, job.all_seeds = ("", ""), [1, 2, 3, 4]
    run(job, True, code("{" + "|".join(map(str, range(1000))) + "}"))
    chosen = [details(job, number)[0] for number in range(4)]
    assert len(set(chosen)) == 4
    texts = " ".join(text for call in job.encoded for text in call)
    assert [each in texts for each in chosen] == [True, True, False, False]
    job.encoded.clear()
    job.iteration = 1
    run(job, True, code("{" + "|".join(map(str, range(1000))) + "}"))
    assert chosen[2] in " ".join(text for call in job.encoded for text in call)


def test_pictures_of_a_batch_share_their_negative_words(job: Any, run: Callable, dynamic: Any) -> None:
    job.batch = job.batch_size = 2
    job.prompts, job.all_seeds = ("", ""), [1, 2]
    run(job, True, code("__beast__", negative="{" + "|".join(map(str, range(100))) + "}"))
    negatives = {of_picture(job, number).regions[0].negative for number in range(2)}
    assert len(negatives) == 1
    assert "|" not in negatives.pop()


def test_signs_that_the_extension_was_set_to_are_read(job: Any, run: Callable, dynamic: Any, modules: Any) -> None:
    modules.opts.dp_parser_variant_start, modules.opts.dp_parser_variant_end = "<<", ">>"
    modules.opts.dp_parser_wildcard_wrap = "%%"
    job.all_seeds = [7]
    run(job, True, code("A <<red|blue>> %%beast%% in {curly|brackets}."))
    assert re.fullmatch(r"A (red|blue) (fox|owl|hare|boar) in \{curly\|brackets\}\.", details(job)[0])
    modules.opts.dp_parser_variant_start = modules.opts.dp_parser_variant_end = ""  # set to nothing: as usual
    run(job, True, code("A {red|blue} %%beast%%."))
    assert re.fullmatch(r"A (red|blue) (fox|owl|hare|boar)\.", details(job)[0])


def test_a_job_of_many_batches_chooses_once_for_each_picture(
    job: Any, script: Any, dynamic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its infotext; what each batch draws is chosen when it is drawn."""
    chosen: list[int] = []
    own = pictures.chosen_variants

    def counted(canvas: Canvas, seed: int, *others: Any, **named: Any) -> Any:
        chosen.append(seed)
        return own(canvas, seed, *others, **named)

    monkeypatch.setattr(pictures, "chosen_variants", counted)
    batches = 20
    job.n_iter, job.all_prompts, job.all_seeds = batches, [""] * batches, list(range(batches))
    arguments = {"canvas": code("__beast__"), "method": "score"}
    script.process(job, arguments)
    for number in range(batches):
        job.iteration = number
        script.process_before_every_sampling(job, arguments)
    assert sorted(chosen) == sorted([*range(batches)] * 2)


@pytest.mark.parametrize("off", ["absent", "switched off"])
def test_without_the_extension_signs_stay_and_that_is_told(job: Any, run: Callable, dynamic: Any, off: str) -> None:
    if off == "absent":
        job.scripts = SimpleNamespace(alwayson_scripts=[])
    else:
        job.script_args[dynamic.args_from] = False
    run(job, True, code("A {red|blue} __beast__"))
    assert any("{red|blue} __beast__" in text for call in job.encoded for text in call)
    assert "{red|blue} stays as it is written" in told(job)
    assert "__beast__ stays as it is written" in told(job)


@pytest.mark.parametrize(("text", "word"), [("{broken|x}", "cannot read"), ("a __ghost__", "nothing for it")])
def test_what_the_extension_cannot_do_is_told(job: Any, run: Callable, dynamic: Any, text: str, word: str) -> None:
    run(job, True, code(text))
    assert word in told(job)
    assert any(text in each for call in job.encoded for each in call)


def test_literal_texts_are_not_offered(job: Any, run: Callable, dynamic: Any) -> None:
    run(job, {"canvas": code("A {red|blue} __beast__"), "syntax": "literal"})
    assert details(job) == ("A {red|blue} __beast__",)


def test_a_wildcard_that_makes_the_canvas_too_large_ends_the_job(job: Any, run: Callable, dynamic: Any) -> None:
    with pytest.raises(OmostError, match="wildcard"):
        run(job, True, code(*["__long__"] * 20))


def test_different_lora_in_one_batch_are_refused(job: Any, run: Callable, dynamic: Any) -> None:
    job.batch = job.batch_size = 2
    job.prompts = ("", "")
    job.all_seeds = list(range(2))
    dynamic._wildcard_manager.get_all_values = lambda _name: [f"<lora:l{number}:1>" for number in range(1000)]
    with pytest.raises(OmostError, match="different LoRA for the pictures of a batch"):
        run(job, True, code("__lora__"))


def test_a_lora_within_variants_is_of_the_pictures_that_chose_it(job: Any, script: Any, dynamic: Any) -> None:
    arguments = {"canvas": code("A {red <lora:one:1>|blue <lora:two:0.5>} circle"), "method": "score"}
    found = set()
    for seed in range(8):
        job.all_seeds = [seed]
        script.process(job, arguments)
        region = of_picture(job).regions[0]
        found.add((region.detailed_descriptions[0], region.loras))
    assert found == {("A red circle", (Lora("one"),)), ("A blue circle", (Lora("two", 0.5),))}


@pytest.mark.parametrize("brackets", ["[<lora:one:1> red:5]", "{[<lora:one:1> red:5]|[<lora:one:1> red:9]}"])
def test_a_lora_that_would_come_and_go_ends_the_job_by_its_name(
    job: Any, run: Callable, dynamic: Any, brackets: str
) -> None:
    with pytest.raises(OmostError, match="<lora:one:1> cannot stand"):
        run(job, True, code(brackets))
    assert job.encoded == []


def test_a_lora_that_nobody_chose_is_left_out_and_told(job: Any, run: Callable) -> None:
    run(job, True, code("A {red <lora:one:1>|blue} circle"))
    assert "left out <lora:one:1>" in told(job)
    assert not any("lora" in text for call in job.encoded for text in call)


# ---- several canvases


def lines(*words: str) -> str:
    return "\n".join(canvas_to_line(read_canvas(code(each)).require_canvas()) for each in words)


@pytest.mark.parametrize("batch_size", [1, 2])
def test_each_batch_draws_the_next_canvas_and_says_so(job: Any, script: Any, batch_size: int) -> None:
    job.n_iter, job.batch_size, job.batch = 1, batch_size, batch_size
    job.all_prompts = ["a prompt"] * batch_size
    job.all_negative_prompts = [""] * batch_size
    job.all_seeds = list(range(5, 5 + batch_size))
    job.all_subseeds = [0] * batch_size
    arguments = {"canvas": code("dog"), "variants": lines("cat", "owl"), "method": "score"}
    script.process(job, arguments)
    assert job.n_iter == 3
    assert len(job.all_prompts) == len(job.all_seeds) == len(job.all_subseeds) == 3 * batch_size
    assert job.all_seeds == list(range(5, 5 + 3 * batch_size))
    told = [details(job, place)[0] for place in range(3 * batch_size)]
    assert told == [word for word in ("dog", "cat", "owl") for _ in range(batch_size)]
    for number, word in enumerate(("dog", "cat", "owl")):
        job.iteration = number
        job.encoded.clear()
        job.prompts = ("",) * batch_size
        job.setup_conds()
        script.process_before_every_sampling(job, arguments)
        latents = torch.zeros(batch_size, 4, 11, 8)
        job.sampler.sample(job, latents, job.c, job.uc)
        texts = " ".join(text for call in job.encoded for text in call)
        assert [each for each in ("dog", "cat", "owl") if each in texts] == [word]
    script.postprocess(job, None, arguments)
    assert job.n_iter == 1


def test_what_a_job_of_several_says_of_itself_is_json_and_stays_each_picture_s_own(job: Any, script: Any) -> None:
    """Forge Classic writes it without a way out for anything but plain values, after all is drawn."""
    job.n_iter, job.batch_size, job.all_prompts, job.all_seeds = 1, 1, [""], [5]
    arguments = {"canvas": code("dog"), "variants": lines("cat"), "method": "score"}
    script.process(job, arguments)
    script.postprocess(job, None, arguments)
    for told in (job.extra_generation_params, copy.deepcopy(job.extra_generation_params)):
        written = json.loads(json.dumps(told))[INFOTEXT]
        assert read_canvas(written).require_canvas().regions[0].detailed_descriptions == ("dog",)
        job.extra_generation_params = told
        assert [details(job, place) for place in range(2)] == [("dog",), ("cat",)]


def test_a_job_that_is_run_again_draws_as_many(job: Any, script: Any) -> None:
    arguments = {"canvas": code("dog"), "variants": lines("cat")}
    job.n_iter, job.all_prompts, job.all_seeds = 2, ["", ""], [1, 2]
    for _again in range(3):  # the hosts set prompts and seeds up anew; after a fault nothing was put back
        job.all_prompts, job.all_seeds = [""] * job.n_iter, [1, 2]
        script.process(job, arguments)
        assert job.n_iter == 4
        script.postprocess(job, None, arguments)
        assert job.n_iter == 2
    script.process(job, arguments)
    script.process(job, True, code("dog"))  # the fault
    assert job.n_iter == 2


def test_what_must_be_absent_is_each_canvas_s_own(job: Any, script: Any) -> None:
    absent = write_canvas(Canvas("White.", absent=("cars",), regions=(REGION,)))
    job.n_iter, job.all_prompts, job.all_negative_prompts, job.all_seeds = 1, [""], ["blurry"], [1]
    script.process(job, {"canvas": absent, "variants": lines("cat")})
    assert job.all_negative_prompts == ["blurry, cars", "blurry"]


@pytest.mark.parametrize(
    ("variants", "message"), [("{}", "canvas 2 of several"), ("\n".join(["x"] * 8), "at most 7 fit")]
)
def test_a_further_canvas_that_cannot_be_used_ends_the_job(
    job: Any, run: Callable, variants: str, message: str
) -> None:
    with pytest.raises(OmostError, match=message):
        run(job, {"canvas": code("dog"), "variants": variants})


@pytest.mark.parametrize("strength", [0, 0.5])
def test_seeds_go_on_as_the_host_counts_them(strength: float) -> None:
    seeds = [4, 4] if strength else [4, 5]
    job = SimpleNamespace(
        n_iter=2, all_prompts=["a", "b"], all_seeds=seeds, all_subseeds=[8, 9], subseed_strength=strength
    )
    assert repeated(job, 2) == 2
    assert (job.n_iter, job.all_prompts) == (4, ["a", "b", "a", "b"])
    assert job.all_seeds == ([4] * 4 if strength else [4, 5, 6, 7])
    assert job.all_subseeds == [8, 9, 10, 11]
    given = SimpleNamespace(n_iter=2, all_seeds=[9, 2])
    repeated(given, 2)
    assert given.all_seeds == [9, 2, 9, 2]


@pytest.mark.parametrize("batch", [1, 2])
def test_an_infotext_is_asked_for_by_batch_by_job_and_for_the_grid(batch: int) -> None:
    value = PerPicture(tuple("abcd"))
    drawn = [
        value(p=SimpleNamespace(batch_size=batch, iteration=number // batch), index=number % batch)
        for number in range(4)
    ]
    assert "".join(drawn) == "abcd"
    after = SimpleNamespace(batch_size=batch, iteration=4 // batch - 1)
    for number in range(1, 4):  # as hosts tell a job that has ended
        known = {"iteration": number // batch, "position_in_batch": number % batch}
        assert value(p=after, index=number, **known) == "abcd"[number]
    assert value(p=after, index=0, use_main_prompt=True, comments=[]) == "a"
