"""Reference pictures of regions in installed WebUIs: through the Forge family's IP-Adapter, in A1111 through that of
the ControlNet extension, which OMOST_BESIDE_DIR holds under its repository's name."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from lib_omost.canvas import Rect, Reference
from tests.hosts.installed.conftest import CONTROLNET, with_control_net
from tests.hosts.installed.jobs import HIRES, JOB, as_png, canvas_in, draw, halves, known, omost, same
from tests.hosts.installed.test_installed_powers import LEFT, code_with

RIGHT = Rect(0, 90, 45, 90)


@pytest.fixture(scope="module")
def adapted(host: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The host with an IP-Adapter: A1111 with the extension that has them."""
    host.named("IP_ADAPTER")
    with with_control_net(host, tmp_path_factory.mktemp("adapted")) as running:
        yield running


def kept(host: Any) -> str:
    """A picture, sent to the page's route as the page does; its name."""
    pixels = np.random.default_rng(4).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    answer = httpx.post(
        f"{host.url}/omost/v1/references", json={"picture": as_png(Image.fromarray(pixels))}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    name: str = answer.json()["name"]
    return name


def where_it_shows(host: Any, name: str, method: str) -> float:
    """How much more a half changes by a picture of its own than by the other half's, by weight 0.5, both halves taken.

    The product of two ratios: how easily either half is changed, and by how strong an adapter, falls out.
    """
    ratio = 1.0
    for rect, own in ((LEFT, 0), (RIGHT, 1)):
        without, _ = known(host, **omost(canvas=code_with(rect), method=method))
        with_it, _ = draw(host, **omost(canvas=code_with(rect, reference=Reference(name, 0.5)), method=method))
        change = halves(with_it[0], without[0])
        assert change[own] > 1
        ratio *= change[own] / change[1 - own]
    return ratio


def test_a_picture_changes_its_region_most_and_nothing_after_it(adapted: Any) -> None:
    host = adapted
    adapter, name = host.named("IP_ADAPTER"), kept(host)
    before, _ = known(host, **omost(canvas=code_with(), method="score"))
    half, infotext = draw(host, **omost(canvas=code_with(reference=Reference(name, 0.5)), method="score"))
    whole, _ = draw(host, **omost(canvas=code_with(reference=Reference(name)), method="score"))
    after, _ = draw(host, **omost(canvas=code_with(), method="score"))
    assert halves(whole[0], before[0])[0] > halves(half[0], before[0])[0] > 1
    assert where_it_shows(host, name, "score") > 2
    assert same(before[0], after[0])
    assert canvas_in(infotext).regions[0].reference == Reference(name, 0.5)
    assert f"Omost IP-Adapter: {adapter}" in infotext
    assert "Omost note" not in infotext
    assert host.get("omost-probe/hooks")["own_forwards"] == 0
    assert host.get("omost/v1/references") == {"reason": ""}


def test_in_a_batch_and_a_hires_pass(adapted: Any) -> None:
    host = adapted
    name, changes = kept(host), {**HIRES, "batch_size": 2}
    plain, _ = known(host, **changes, **omost(canvas=code_with()))
    ours, _ = draw(host, **changes, **omost(canvas=code_with(reference=Reference(name))))
    first_alone, _ = draw(
        host, **changes, **omost(canvas=code_with(reference=Reference(name)), hires="first pass only")
    )
    assert not any(same(one, other) for one, other in zip(plain, ours, strict=True))
    assert not same(ours[0], first_alone[0])


def test_with_a_method_that_leaves_attention_alone(adapted: Any) -> None:
    name = kept(adapted)
    _, infotext = draw(adapted, **omost(canvas=code_with(reference=Reference(name)), method="plain"))
    assert where_it_shows(adapted, name, "plain") > 2
    assert "Omost IP-Adapter" in infotext
    assert adapted.get("omost-probe/hooks")["own_forwards"] == 0


def picture_of(host: Any, name: str) -> str:
    """A kept picture in base64."""
    answer = httpx.get(f"{host.url}/omost/v1/references/{name}", timeout=60)
    answer.raise_for_status()
    return base64.b64encode(answer.content).decode()


def test_it_is_a_unit_of_the_extension_in_a_region_and_such_a_unit_shows_beside_regions(
    adapted: Any, request: pytest.FixtureRequest
) -> None:
    """With SD1.x's own blocks, which the extension's units need: their layers are counted as it counts them."""
    if adapted.name != "A1111":
        pytest.skip(f"units of {CONTROLNET}, an extension for A1111; {adapted.name} has an IP-Adapter of its own")
    checkpoint, adapter = adapted.named("UNIT_CHECKPOINT"), adapted.named("UNIT_ADAPTER")
    name = kept(adapted)
    whole = Rect(0, 90, 0, 90)
    bare: dict[str, Any] = {"override_settings": {"sd_model_checkpoint": checkpoint}}
    image = picture_of(adapted, name)
    unit = {"enabled": True, "module": "ip-adapter_clip_h", "model": adapter, "image": image, "weight": 0.7}

    def drawn(with_unit: bool, method: str, **fields: Any) -> Image.Image:
        scripts = omost(canvas=code_with(whole, **fields), method=method)["alwayson_scripts"]
        scripts |= {"ControlNet": {"args": [unit]}} if with_unit else {}
        return draw(adapted, **bare, alwayson_scripts=scripts)[0][0]

    plain, regions = drawn(False, "plain"), drawn(False, "score")
    request.addfinalizer(lambda: adapted.call("options", {"omost_ip_adapter": "automatic"}))
    assert adapted.call("options", {"omost_ip_adapter": adapter}).status_code == 200
    theirs, ours = drawn(True, "plain"), drawn(False, "plain", reference=Reference(name, 0.7))
    assert difference(ours, plain) > 2
    assert difference(ours, theirs) < 0.05 * difference(ours, plain)
    beside, own = drawn(True, "score"), drawn(False, "score", reference=Reference(name, 0.7))
    assert difference(own, regions) > 2
    assert difference(own, beside) < 0.05 * difference(own, regions)
    assert same(drawn(False, "score"), regions)


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


def test_what_cannot_be_drawn_is_refused_with_words(host: Any) -> None:
    answer = host.call("txt2img", JOB | omost(canvas=code_with(reference=Reference("gone.png"))))
    assert answer.status_code == 422
    assert "reference picture" in answer.text
    if host.name == "A1111":
        answer = host.call("txt2img", JOB | omost(canvas=code_with(reference=Reference(kept(host)))))
        assert answer.status_code == 422
        assert "IP-Adapter" in host.get("omost/v1/references")["reason"]  # which its extension would have
