"""Replies that are no code and say regions all the same: YAML, Markdown, tables, tags."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import AREAS, COLORS, LOCATIONS, ParsedReply, parse_reply, read_canvas

WANTED = ("A park.", [("on the left", "A cat.", "red"), ("on the right", "A dog.", "blue")])

YAML = """Here you are:
```yaml
global_description:
  description: "A park."
  tags: park, green
local_descriptions:
  - location: on the left
    description: A cat.
    detailed_descriptions:
      - It sleeps.
      - 'Its tail: long.'
    HTML_web_color_name: red
  - description: >
      A
      dog.
    location: 'on the right'
    color: "#0000ff"
```
"""
MARKDOWN = """## Global Description
- **Description:** A park.

## Region 1: Cat
* **Location:** left
* **Description:** A cat.
* **Detailed descriptions:**
  * It sleeps.
  * Its tail: long.
* **Color:** red

## Region 2: Dog
* **Location:** right
* **Description:** A dog.
* **Color:** blue
"""
TABLE = """**Scene**: A park.

| # | Location | Distance | Description | Color |
|---|:--------:|---------:|-------------|-------|
| 1 | on the left | 3 | A cat. | red |
| 2 | on the right | 5 | A dog. | blue |
"""
CSV = 'location,description,color\non the left,A cat.,red\non the right,"A dog.",blue\n'
XML = """<canvas>
  <global_description><description>A park.</description></global_description>
  <region location="on the left" color="red">A cat.</region>
  <region>
    <location>on the right</location><description>A dog.</description><color>blue</color>
  </region>
</canvas>"""
HTML = """<div data-location="on the left" data-description="A cat." data-color="red" style="x: y" width="5"></div>
<div data-location="on the right" data-description="A dog." data-color="blue"></div>"""
TOML = """[global]
description = "A park."

[[regions]]
location = "on the left"
description = "A cat."
color = "red"

[[regions]]
location = "on the right"
description = "A dog."
color = "blue"
"""
LINES = """Overall scene: A park.
1. Location: on the left, Description: A cat., Color: red
2. Location: on the right, Description: A dog., Color: blue
"""
FLOW = """description: A park.
regions:
  - {location: on the left, description: "A cat.", color: red}
  - {location: on the right, description: 'A dog.', color: blue}
"""
NUMBERED = """Global description: A park.

1. Location: on the left
   Description: A cat.
   Color: red
2. Location: on the right
   Description: A dog.
   Color: blue
"""
NAMES = """**Global**
Description: A park.
1. **A cat.**
   - Location: left
   - Color: red
2. **A dog.**
   - Location: right
   - Color: blue
"""


def seen(parsed: ParsedReply) -> tuple[str, list[tuple[str, str, str]]]:
    assert parsed.canvas is not None
    regions = parsed.canvas.regions
    return parsed.canvas.description, [(each.location, each.description, each.color_name) for each in regions]


@pytest.mark.parametrize("reply", [YAML, MARKDOWN, TABLE, XML, TOML, LINES, NAMES, FLOW, NUMBERED])
def test_regions_that_are_described_without_code(reply: str) -> None:
    parsed = read_canvas(reply)
    assert parsed.problems == ()
    assert any("no code" in correction.message for correction in parsed.corrections)
    assert seen(parsed) == WANTED
    if reply in (YAML, MARKDOWN):
        assert parsed.canvas is not None
        assert parsed.canvas.regions[0].detailed_descriptions == ("It sleeps.", "Its tail: long.")


def test_lines_of_json_with_a_region_each() -> None:
    whole = '{"global_description": {"description": "A park."}}\n'
    region = '{"location": "on the left", "description": "A cat.", "color": "red"}\n'
    assert seen(read_canvas(whole + region)) == ("A park.", WANTED[1][:1])


@pytest.mark.parametrize("reply", [CSV, HTML])
def test_regions_without_a_whole(reply: str) -> None:
    assert seen(parse_reply(reply)) == ("", WANTED[1])


@pytest.mark.parametrize(
    "prose",
    [
        "The picture shows a harbour. Location: I chose the sea. Note: it is calm.",
        "I would place the cat on the left.\n\n- Description: none so far\n- Style: photo\n",
        "| Name | Age |\n|---|---|\n| Bo | 3 |\n",
        "<p>Which location do you like?</p>",
        "location: left",
    ],
)
def test_prose_is_no_canvas_and_what_is_expected_is_said(prose: str) -> None:
    parsed = parse_reply(prose)
    assert parsed.canvas is None
    assert "Canvas()" in parsed.problems[0].expected


def test_what_is_cut_off_and_what_is_not_known_is_named() -> None:
    cut = parse_reply(XML[: XML.index("</location>")])
    assert seen(cut)[1] == WANTED[1][:1]
    unknown = parse_reply(MARKDOWN + "* **Weather:** rain\n")
    assert seen(unknown) == WANTED
    assert ["Weather" in problem.message for problem in unknown.problems] == [True]
    assert unknown.problems[0].line == 12


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "location": st.sampled_from(list(LOCATIONS)),
                "area": st.sampled_from(list(AREAS)),
                "description": st.from_regex(r"[A-Za-z]{1,8}( [a-z]{1,8}){0,6}\.", fullmatch=True),
                "detailed_descriptions": st.lists(st.from_regex(r"[A-Z][a-z]{1,9}\.", fullmatch=True), max_size=3),
                "HTML_web_color_name": st.sampled_from(list(COLORS)),
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_yaml_as_a_library_writes_it(regions: list[dict[str, object]]) -> None:
    yaml = pytest.importorskip("yaml")
    data = {"global_description": {"description": "A park."}, "local_descriptions": regions}
    parsed = parse_reply(yaml.safe_dump(data, sort_keys=False))
    assert parsed.canvas is not None
    assert parsed.canvas.description == "A park."
    found = [(one.location, one.area, one.description, one.color_name) for one in parsed.canvas.regions]
    assert found == [tuple(region[name] for name in ("location", "area", "description", "HTML_web_color_name"))
                     for region in regions]  # fmt: skip
    details = [list(one.detailed_descriptions) for one in parsed.canvas.regions]
    assert details == [region["detailed_descriptions"] for region in regions]


@pytest.mark.parametrize(
    "piece",
    [
        "location: left\n",
        "- ",
        "<region location='a'>",
        "<a ",
        "| location | description | color |\n",
        "**a** ",
        "# a\n",
        "location: [",
        "location, ",
        "<![CDATA[",
        "a,location,description\n",
        "  - location: x\n    description: y\n",
    ],
)
def test_odd_texts_take_less_than_a_second(piece: str) -> None:
    text = "location " + piece * (300_000 // len(piece) - 9)
    start = time.perf_counter()
    parse_reply(text)
    assert time.perf_counter() - start < 1.5
