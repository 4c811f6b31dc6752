"""axe-core inside a page of the real browser: what is wrong for people with other eyes, hands and readers.

It comes from npm as a tool of the tests (tests/web/package.json); where it is not installed its tests are skipped.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tests.web.chromium import Page

SOURCE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
HOW = "axe-core is not installed; with Node.js and npm: npm ci --prefix tests/web (make does it where they are)"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def is_there() -> bool:
    """Whether axe-core is installed."""
    return SOURCE.exists()


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA on the page as it is, in light colours and (as far as colours matter) in dark ones."""
    page.tall()
    page.run(f"{_source()};0")
    found = _run(page, {"type": "tag", "values": RULES})
    page.colours(dark=True)
    found += [f"dark: {each}" for each in _run(page, {"type": "rule", "values": ("color-contrast",)})]
    page.colours(dark=False)
    return found


def _run(page: Page, only: dict[str, object]) -> list[str]:
    script = f"""axe.run(document, {{ runOnly: {json.dumps(only)}, resultTypes: ["violations"] }}).then((found) =>
        found.violations.flatMap((rule) => rule.nodes.map((node) => `${{rule.id}} ${{node.target.join(" ")}}: ${{node.failureSummary}}`)))"""
    return list(page.run(script))
