"""What the README promises a newcomer comes true: its receipt is posted as told, its commands run as they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli.places import sound_app
from engine.packages.files import read_folder
from engine.packages.scenario import read_seeds
from engine.packages.schema import App
from tests.docs.guide import Run, read_guide
from tests.docs.newcomer import ROOT, Newcomer

READ_ME = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}


def text_of(language: str) -> str:
    return READ_ME[language].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def food() -> App:
    return sound_app(ROOT / "apps" / "food")


def typed_values(language: str, app: App) -> dict[str, str]:
    """What the README says to type, by the labels of the fields as the app has them now."""
    receipt = app.entities["goods_receipt"]
    lines = receipt.by_id["lines"]
    found = {}
    for prefix, fields in (("", receipt.fields), ("lines-0-", lines.fields)):  # type: ignore[attr-defined]
        for field in fields:
            label = field.label.text(language) if field.label else field.id
            told = re.search(rf"\b{re.escape(label)} ?`([^`]+)`", text_of(language), re.IGNORECASE)
            if told is not None:
                found[prefix + field.id] = told[1]
    return found


@pytest.mark.parametrize("language", READ_ME)
def test_the_first_receipt_is_posted_as_told(language: str, food: App, newcomer: Callable[[str], Newcomer]) -> None:
    reader, typed = newcomer(language), typed_values(language, food)
    assert typed == {"supplier": "MILL", "place": "MAIN", "lines-0-item": "FLOUR", "lines-0-quantity": "25.35"}
    posted = reader.enter("keeper", "goods_receipt", typed, "post")
    assert posted.status_code == 200, posted.text
    assert re.search(r"GR-BKY-\d{4}-\d{5}", posted.text)
    (line,) = reader.read("keeper", posted.url.path)["values"]["lines"]
    assert all(line[field] for field in ("batch_code", "last_day", "price"))
    stock = {row["batch"]: row["quantity"] for row in reader.rows("keeper", "/r/stock?item=FLOUR&size=200")}
    assert float(stock[f"FLOUR-{reader.today:%Y%m%d}"]) == 25.35
    assert re.search(r"rules/goods_receipt\.yaml:\d+", reader.text_of("keeper", f"{posted.url.path}/why"))

    (too_fine,) = re.findall(r"`(0\.0\d+)`", text_of(language))
    refused = reader.enter("keeper", "goods_receipt", typed | {"lines-0-quantity": too_fine}, "post")
    assert refused.status_code == 422
    assert {"en": "nearest are 0 and 0.001.", "zh": "最接近的是 0 和 0.001。"}[language] in refused.text
    late = reader.enter("keeper", "goods_receipt", typed | {"lines-0-last_day": "2020-01-31"}, "post")
    assert late.status_code == 422


@pytest.mark.parametrize("language", READ_ME)
def test_menus_and_buttons_are_called_as_told(language: str, food: App) -> None:
    text = text_of(language)
    labels = {group.id: group.label.text(language) for group in food.menu if group.label}
    for group, part in (("buying", food.entities["goods_receipt"]), ("stock", food.reports["stock"])):
        assert part.label is not None
        assert re.search(rf"\*{labels[group]} → {part.label.text(language)}\*", text)
        (entries,) = [each.items for each in food.menu if each.id == group]
        assert any(part.label.text("en") == named.label.text("en") for named in parts_of(food, entries) if named.label)
    post = next(each for each in food.workflows["goods_receipt"].transitions if each.id == "post")
    assert post.label is not None
    assert f"*{post.label.text(language)}*" in text
    column = next(each for each in food.reports["stock"].columns if each.id == "expires_within")
    assert f"*{column.label.text(language).partition(' (')[0]}*" in text  # type: ignore[union-attr]


def parts_of(app: App, entries: Iterator[object]) -> Iterator[object]:
    """What the entries of a menu open."""
    for entry in entries:
        entity, report = getattr(entry, "entity", None), getattr(entry, "report", None)
        yield app.entities[entity] if entity else app.reports[report]  # type: ignore[index]


def test_the_log_ins_hold_the_roles_that_are_told(newcomer: Callable[[str], Newcomer]) -> None:
    reader = newcomer("en")
    typed = {"supplier": "MILL", "place": "MAIN", "lines-0-item": "FLOUR", "lines-0-quantity": "1"}
    assert reader.enter("buyer", "goods_receipt", typed, "post").status_code == 403
    assert reader.enter("keeper", "goods_receipt", typed, "post").status_code == 200
    (receipt,) = reader.read("keeper", "/d/goods_receipt")["rows"]
    address = f"/d/goods_receipt/{receipt['id']}"
    assert "reverse" in reader.read("finance", address)["transitions"]
    assert "reverse" not in reader.read("keeper", address)["transitions"]
    assert reader.read("deli_keeper", "/d/goods_receipt")["rows"] == []
    assert all("purchase_price" not in row for row in reader.rows("seller", "/d/item?size=200"))
    seeds, _ = read_seeds(read_folder(ROOT / "apps" / "food"))
    known = {str(each.values["code"]) for seed in seeds for each in seed.records if each.entity == "person"}
    for language in READ_ME:
        roles = text_of(language).rpartition("`buyer`")[2].partition("\n\n")[0]
        assert known == {"keeper", "buyer", *re.findall(r"`([a-z_]+)`", roles)}


def test_the_commands_run_as_they_are_written(newcomer: Callable[[str], Newcomer]) -> None:
    reader = newcomer("en")
    reader.typed = "correct horse battery\n"
    setting = reader.folder / "apps" / "food" / "settings" / "warn_days_first.yaml"
    setting.write_text(setting.read_text(encoding="utf-8").replace("default: 30", "default: 20"), encoding="utf-8")
    assert reader.site.app().settings["warn_days_first"].default is not None
    for step in read_guide(READ_ME["en"]):
        assert isinstance(step, Run)
        reader.follow(replace(step, commands=tuple(on_this_machine(each) for each in step.commands)))
    assert str(reader.site.app().settings["warn_days_first"].default) == "20"


def on_this_machine(command: str) -> str:
    """The database that a comment names, where the command names one of somebody else's machine."""
    other = re.search(r"=postgresql://\S+ +# or (\S+)", command)
    return command if other is None else f"{command.partition('=')[0]}={other[1]}"


def test_both_languages_tell_the_same_commands() -> None:
    english, chinese = (
        [
            tuple(re.sub(r" +#.*", "", each) for each in step.commands)
            for step in read_guide(path)
            if isinstance(step, Run)
        ]
        for path in READ_ME.values()
    )
    assert english == chinese


@pytest.mark.parametrize(
    "page", ["README.md", "README.zh.md", "docs/tour.md", "docs/first-change.md", "docs/first-change.zh.md"]
)
def test_every_link_leads_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    links = re.findall(r"\]\(([^)]+)\)", Path(ROOT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []
