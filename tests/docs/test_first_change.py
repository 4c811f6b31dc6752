"""The guide to a first change, done step by step in both languages, and what comes of it at the doors people use.

FORMWORK_REWRITE=1 writes anew what the commands print. Read what it wrote: would a shop owner know what to do?
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.docs.guide import Look, Run, Step, Unknown, Write, as_told, read_guide
from tests.docs.newcomer import ROOT, Newcomer

GUIDES = {"en": ROOT / "docs" / "first-change.md", "zh": ROOT / "docs" / "first-change.zh.md"}
TEMPERATURE = {"en": "Temperature on arrival (°C)", "zh": "到货温度（℃）"}
FLOUR = {"supplier": "MILL", "place": "MAIN", "lines-0-item": "FLOUR", "lines-0-quantity": "1"}


def warning_days_are_twenty(reader: Newcomer) -> None:
    """Flour that keeps 25 days is not announced; flour that keeps 20 is."""
    for days in (20, 25):
        line = {"lines-0-batch_code": f"KEEPS-{days}", "lines-0-last_day": str(reader.today + timedelta(days=days))}
        said = reader.enter("keeper", "goods_receipt", FLOUR | line, "post")
        assert said.status_code == 200, said.text
    reader_sees = [str(row["last_day"]) for row in reader.rows("keeper", "/r/expiring?size=200")]
    assert str(reader.today + timedelta(days=20)) in reader_sees
    assert str(reader.today + timedelta(days=25)) not in reader_sees
    within = {row["batch"]: row["expires_within"] for row in reader.rows("keeper", "/r/stock?item=FLOUR&size=200")}
    assert (within["KEEPS-20"], within["KEEPS-25"]) == (20, None)


def the_field_is_everywhere(reader: Newcomer) -> None:
    """Typed on the page, shown on document, list and report, told to programs, refused beyond its limit."""
    refused = reader.enter("keeper", "goods_receipt", FLOUR | {"temperature": "80"}, "post")
    assert refused.status_code == 422
    assert "60" in refused.text.partition('class="summary"')[2].partition("</section>")[0]
    posted = reader.enter("keeper", "goods_receipt", FLOUR | {"temperature": "4.5"}, "post")
    assert posted.status_code == 200, posted.text
    assert TEMPERATURE[reader.language] in posted.text
    assert reader.read("keeper", posted.url.path)["values"]["temperature"] == "4.5"
    assert [row["temperature"] for row in reader.rows("keeper", "/d/goods_receipt")].count("4.5") == 1
    assert [row["temperature"] for row in reader.rows("keeper", "/r/receipt_lines")].count("4.5") == 1
    for address in ("/d/goods_receipt", "/r/receipt_lines"):
        assert "4.5" in reader.text_of("keeper", address)


def the_tier_is_taken(reader: Newcomer) -> None:
    """The price that the guide promises for the order that it tells, and the reason with file and line."""
    guide = GUIDES[reader.language].read_text(encoding="utf-8")
    (order,) = [line for line in guide.splitlines() if "`HOTEL`" in line]
    customer, place, item, quantity = re.findall(r"`([A-Z0-9]+)`", order)
    typed = {"customer": customer, "place": place, "lines-0-item": item, "lines-0-quantity": quantity}
    saved = reader.enter("seller", "sales_order", typed)
    assert saved.status_code == 200, saved.text
    values = reader.read("seller", saved.url.path)["values"]
    assert values["lines"][0]["percent"] == 85
    assert f"{float(values['total']):,.2f}" in order
    assert "85" in order
    place_of_row = str(guide_line(GUIDES[reader.language], '- ["\'A\'", ">= 10000", 85]'))
    assert f"bakery/rules/sales_order.yaml:{place_of_row}" in reader.text_of("seller", f"{saved.url.path}/why")


def guide_line(guide: Path, row: str) -> int:
    """The line that a row has in the last file of the guide that holds it."""
    (*_, file) = [step for step in read_guide(guide) if isinstance(step, Write) and row in step.text]
    return next(number for number, line in enumerate(file.text.splitlines(), start=1) if row in line)


EFFECTS: dict[int, Callable[[Newcomer], None]] = {
    2: warning_days_are_twenty,
    3: the_field_is_everywhere,
    4: the_tier_is_taken,
}
"""What has come true at the end of each chapter."""


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_works_as_it_is_written(language: str, newcomer: Callable[[str], Newcomer]) -> None:
    rewriting = os.environ.get("FORMWORK_REWRITE")
    reader, steps = newcomer(language), read_guide(GUIDES[language])
    if rewriting:
        rewrite(GUIDES[language], steps, reader)
        return
    for step, coming in zip(steps, [*steps[1:], None], strict=True):
        reader.follow(step)
        if coming is None or coming.chapter > step.chapter:
            EFFECTS.get(step.chapter, lambda _: None)(reader)
    assert EFFECTS.keys() <= {step.chapter for step in steps}


def rewrite(guide: Path, steps: list[Step], reader: Newcomer) -> None:
    """What the commands print now, in the place of what the guide tells."""
    printed: list[tuple[int, int, str]] = []
    for step in steps:
        match step:
            case Run(_, _, commands, str() as told, told_at):
                now = re.sub(r"sha256-[0-9a-f]+", "sha256-…", reader.printed_by(commands))
                printed.append((told_at, told.count("\n") + 1, now))
            case Write() | Run():
                reader.follow(step)
    lines = guide.read_text(encoding="utf-8").splitlines()
    for at, length, text in reversed(printed):
        lines[at : at + length] = [text]
    guide.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_both_languages_tell_the_same_steps() -> None:
    english, chinese = ([same_in_all(step) for step in read_guide(path)] for path in GUIDES.values())
    assert english == chinese


def same_in_all(step: Step) -> Any:
    """What of a step does not depend on the language: files and commands, and how much there is to see."""
    match step:
        case Run():
            return replace(step, line=0, told=step.told is not None, told_at=0)
        case Look():
            return replace(step, line=0, words=len(step.words))
        case _:
            return replace(step, line=0)


@pytest.mark.parametrize("language", GUIDES)
def test_every_change_is_written_wrongly_first(language: str) -> None:
    """Each chapter shows what `check` says of a mistake, and ends with a clean check that is published."""
    for chapter in EFFECTS:
        told = [
            step.told or ""
            for step in read_guide(GUIDES[language])
            if isinstance(step, Run) and step.chapter == chapter
        ]
        assert any(re.search(r"^(error|warning)\[", text) for text in told), chapter
        assert re.search(r"sha256-…$", told[-1]), chapter
        assert not re.search(r"^(error|warning)\[", told[-1]), chapter


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint()\n```",
        "```\nanything\n```",
        "```yaml\nsetting: x\n```",
        "```yaml\n# ../outside.yaml\nsetting: x\n```",
        "```text\nnothing was run\n```",
        "```sh\nformwork check\n```\n```text\na\n```\n```text\nb\n```",
        "- [nobody looks](http://127.0.0.1:8000/r/stock): **Stock**",
        "- `keeper` opens [a page](http://127.0.0.1:8000/r/stock) and sees nothing",
    ],
)
def test_what_is_no_step_fails(text: str, tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text(text, encoding="utf-8")
    with pytest.raises(Unknown, match=r"guide\.md:\d+"):
        read_guide(guide)


def test_what_differs_from_time_to_time_is_left_open() -> None:
    assert as_told("food published: sha256-…", "food published: sha256-00ff")
    assert as_told("{id: …}", "{id: …}")
    assert not as_told("a\n…\nb", "a\n1\n2\nb")
    assert not as_told("no problems", "no problem")
