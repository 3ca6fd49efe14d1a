"""What axe-core finds in a page. `make lint` puts it into `node_modules/` where Node is, or OMOST_AXE names its
`axe.min.js`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

AXE = Path(os.environ.get("OMOST_AXE", Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"))
needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is not there: `make lint` with Node.js, or OMOST_AXE=…/axe.min.js"
)


def serious_violations(page: Any, within: str) -> list[str]:
    """What it calls serious or critical below the elements that the selector `within` names."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("within => axe.run(within)", within)
    assert len(result["passes"]) > 15  # it did look
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']]} {json.dumps(each['nodes'][0]['any'])[:300]}"
        for each in result["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
