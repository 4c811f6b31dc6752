"""The promise of the doors: what the browser's form, the JSON address and an import are given is judged alike.

Many receipts are made up, good ones and ones with mistakes. Each goes in by all three doors, as that door would carry
it: flat texts of a form, JSON with its numbers, rows of a file. All three must accept it and then hold the same, or
refuse it for the same reasons.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.operations.load_file import ImportReport, RefusedRow, import_file
from engine.operations.publish import migrate, publish
from engine.operations.verify import verify
from engine.packages.schema import App
from engine.storage import balances, records
from tests.doors.layer import app_over_food, load_over_food, mapping
from tests.doors.visitors import Person, Program, Told, give_password, json_text
from tests.operations.world import World

Cell = str | int | Decimal | None
"""What somebody enters into one field: a text, a number (JSON says it as one), or nothing."""

HEAD = ("supplier", "place", "delivery_note", "note", "total")
WITH_DEFAULTS = ("company", "received_on")
LINE = ("item", "quantity", "batch_code", "last_day", "price", "amount")
LINE_FIELDS = tuple(f"lines.{name}" for name in LINE)


@dataclass
class Case:
    """One document as somebody means it. `short` leaves the fields with defaults unsaid, at every door."""

    key: str
    head: dict[str, Cell]
    lines: list[dict[str, Cell]]
    transition: str | None = "post"
    short: bool = False
    changed: list[str] = field(default_factory=list)

    def form(self, lines: str) -> dict[str, str]:
        """As a browser sends it: flat names, everything a text, every field of the page there."""
        flat = {name: typed(cell) for name, cell in self.head.items()}
        for number, row in enumerate(self.lines or [{}]):
            flat[f"{lines}-{number}-id"] = ""
            flat |= {f"{lines}-{number}-{name}": typed(cell) for name, cell in row.items()}
        return {**flat, lines: ""}

    def program(self, lines: str, luck: random.Random) -> dict[str, Any]:
        """As a program says it: numbers as numbers, nothing as null, as an empty text or not at all."""
        said: dict[str, Any] = stated(self.head, luck, keep=WITH_DEFAULTS)
        rows = [stated(row, luck) for row in self.lines]
        return said if not rows and luck.random() < 0.5 else {**said, lines: rows}

    def rows(self, line: Sequence[str], luck: random.Random) -> list[dict[str, Cell]]:
        """As rows of a file, one for each line, the head on all of them."""
        empty: dict[str, Cell] = dict.fromkeys(line)
        head = {name: luck.choice((None, "", "  ")) if blank(cell) else cell for name, cell in self.head.items()}
        return [{"key": self.key, **head, **empty, **row} for row in self.lines or [empty]]


def typed(cell: Cell) -> str:
    """A cell as a text in an input; a browser ends lines with CR LF."""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return "" if cell is None else str(cell).replace("\n", "\r\n")


def blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def stated(cells: Mapping[str, Cell], luck: random.Random, keep: Sequence[str] = ()) -> dict[str, Any]:
    """The cells as JSON says them; what is blank may be left out, but for the names to keep."""
    said: dict[str, Any] = {}
    for name, cell in cells.items():
        if not blank(cell):
            said[name] = cell
        elif name in keep or luck.random() < 0.7:
            said[name] = luck.choice((None, "", " "))
    return said


# --- what people enter -------------------------------------------------------------------------------------------

ITEMS = {
    "FLOUR": (
        "25.350",
        "1.5 kg",
        "500 g",
        "１２．５",
        " 7 ",
        "1,234.5",
        "1 000.25",
        "2kg+500g",
        "+3",
        Decimal("0.35"),
        12,
    ),
    "SUGAR": ("0.001", "80", "3 千克", "2 kg 500 g", Decimal("80.125"), 3),
    "YEAST": ("0.01", "0.5 kg", "２５０", Decimal("12.75"), 900),
    "BUTTER": ("40.5", "1e0"[:1], "250 g", 20),
    "MILK": ("60", "750 ml", "1.5 l", "1l+250ml", Decimal("11.999")),
    "EGG": ("30", "2打", "1 dozen", "1 dozen+6", "3 件", 360),
    "BAG": ("100", "12 piece", "2 打", 5000),
}
QUANTITIES: tuple[Cell, ...] = (
    *(None, "", "abc", "-3", "0", "0.00", "-0", "0.0005", "1.23456789", "1.2.3", "1e5", "12,5", "1,23", "NaN"),
    *(
        "Infinity",
        "½",
        "1²",
        "٣",
        "--1",
        "+",
        ".",
        "kg",
        "2箱+3个",
        "1箱",
        "1 stone",
        "1 l",
        "3 kg 2",
        "1 kg + ",
        "5 kg-2 kg",
    ),
    *("9" * 38, "9" * 39, "1" * 201, "0." + "0" * 50 + "1", "1." + "0" * 30, str(2**63), str(-(2**63)), str(2**63 - 1)),
    *(
        "9223372036854.775808",
        "-9223372036854.775808",
        "true",
        "None",
        "１，０００",
        "1_000",
        "0x10",
        "12 kg kg",
        "kg 12",
    ),
    *(
        0,
        -1,
        2**63,
        -(2**63),
        2**63 - 1,
        Decimal("0.0005"),
        Decimal("1.5"),
        Decimal("-0.001"),
        Decimal("9223372036854.775808"),
    ),
)
PRICES: tuple[Cell, ...] = (
    *(
        "11.90",
        "CNY 3.5",
        "3.5 CNY",
        "1,234.56",
        "0",
        "０．５０",
        0,
        12,
        Decimal("11.9"),
        None,
        "0.005",
        "-1",
        "USD 1",
        "abc",
    ),
    *(
        "¥3",
        "1.2.3",
        "12,5",
        "CNY",
        "cny 3",
        "1 CNY 2",
        str(2**63),
        str(-(2**63)),
        "922337203685477.58",
        "922337203685478",
    ),
    *(2**63, -(2**63), -1, Decimal("0.005"), Decimal("99999999999999999999.99"), "1e3", "NaN", "9" * 39),
)
DAYS: tuple[Cell, ...] = (
    *(
        "2026-03-02",
        "2026/3/2",
        "2026.3.2",
        "2026年3月2日",
        "2026年3月2号",
        "２０２６－０３－０２",
        " 2026-03-02 ",
        "2026 - 3 - 2",
    ),
    *(
        "2026-02-30",
        "2026-13-01",
        "2026-00-10",
        "3/2/2026",
        "26-3-2",
        "tomorrow",
        "20260302",
        "2026-3",
        "2026-03-02T00:00",
    ),
    *(
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "10000-01-01",
        "2026-02-29",
        "2028-02-29",
        "二〇二六年三月二日",
        "",
        None,
    ),
)
LAST_DAYS: tuple[Cell, ...] = (
    *("2026-03-01", "2026-03-02", "2026-03-08", "2027/1/5", "2027年1月5日", "2099.12.31", "9999-12-31", "31.12.2099"),
    *("2026-02-29", "soon", "2026-3-32", None, "２０２７－０１－０５"),
)
NAMES_OF_ITEMS: tuple[Cell, ...] = (
    None,
    "",
    "NOTHING",
    "flour",
    "高筋面粉",
    " FLOUR ",
    "FLOUR\u3000",
    "F" * 501,
    "F" * 500,
    "FL\x07OUR",
    "ＦＬＯＵＲ",
)
SUPPLIERS: tuple[Cell, ...] = (
    "MILL",
    "DAIRY",
    "FARM",
    "CAFE",
    "NOBODY",
    "",
    None,
    "mill",
    "江南面粉厂",
    "X" * 600,
    " MILL ",
)
PLACES: tuple[Cell, ...] = ("MAIN", "COLD", "SUPPLIERS", "LOSS", "BAKEHOUSE", "NOWHERE", "", None, "主仓")
COMPANIES: tuple[Cell, ...] = ("BKY", "BKY ", "ACME", "", None, "bky", "晨麦烘焙")
BATCHES: tuple[Cell, ...] = (
    "L-1",
    "Ｌ－２",
    "b" * 60,
    "b" * 61,
    "a\x07b",
    "a\nb",
    "  x ",
    "é",
    "e\u0301",
    "批号",
    None,
    "0",
)
NOTES: tuple[Cell, ...] = (
    "",
    None,
    "节前备货",
    "one\ntwo",
    "n" * 500,
    "n" * 501,
    "a\x07b",
    "tab\there",
    "\u3000x\u3000",
    "x" * 100_001,
    "<b>&amp;\"'",
)
NUMBERS_OF_NOTES = ("", " ", " é", " ٣", "a\nb", "a\x1fb", "d" * 60)
AMOUNTS: tuple[Cell, ...] = ("5", 0, "abc", Decimal("1.5"), "", str(2**63))


def good_line(luck: random.Random) -> dict[str, Cell]:
    item = luck.choice(list(ITEMS))
    line: dict[str, Cell] = {"item": item, "quantity": luck.choice(ITEMS[item]), "batch_code": None, "last_day": None}
    line |= {"price": luck.choice(("11.90", "2", None, "CNY 0.35", Decimal("7.2"), 3)), "amount": None}
    if item != "BAG" and luck.random() < 0.4:
        line |= {
            "batch_code": f"L-{luck.randrange(9)}",
            "last_day": luck.choice(("2027-01-05", "2027/1/5", "2099年12月31日")),
        }
    return line


def receipts(seed: int, count: int) -> Iterator[Case]:
    """Receipts, about a third of them without any mistake on purpose."""
    luck = random.Random(seed)
    for number in range(count):
        key = f"R{number:04}"
        head: dict[str, Cell] = {
            "company": "BKY",
            "received_on": luck.choice(("2026-03-02", "2026/3/1", "2026年2月28日")),
            "supplier": luck.choice(("MILL", "DAIRY", "FARM")),
            "place": luck.choice(("MAIN", "COLD")),
            "delivery_note": key,
            "note": luck.choice((None, "", "节前备货", "two\nlines")),
            "total": None,
        }
        case = Case(key, head, [good_line(luck) for _ in range(luck.choice((1, 1, 2, 3, 5)))])
        case.transition = "post" if luck.random() < 0.8 else None
        if luck.random() < 0.35:
            case.short = True
            for name in WITH_DEFAULTS:
                del head[name]
        for _ in range(luck.choice((0, 0, 1, 1, 1, 2, 3))):
            spoil(case, luck)
        yield case


def spoil(case: Case, luck: random.Random) -> None:
    """Enter something else in one place: often a mistake, sometimes only an odd spelling."""
    line = luck.choice(case.lines) if case.lines else None
    head_changes: dict[str, Sequence[Cell]] = {
        "supplier": SUPPLIERS,
        "place": PLACES,
        "note": NOTES,
        "total": AMOUNTS,
        "company": COMPANIES,
        "received_on": DAYS,
        "delivery_note": [f"{case.key}{end}" for end in NUMBERS_OF_NOTES],
    }
    line_changes: dict[str, Sequence[Cell]] = {
        "quantity": QUANTITIES,
        "price": PRICES,
        "item": NAMES_OF_ITEMS,
        "batch_code": BATCHES,
        "last_day": LAST_DAYS,
        "amount": AMOUNTS,
    }
    kind = luck.choice(("line", "line", "line", "head", "head", "shape"))
    if kind == "line" and line is not None and line["item"] is not None:
        name = luck.choice(
            ("quantity", "quantity", "quantity", "price", "price", "item", "batch_code", "last_day", "amount")
        )
        line[name] = luck.choice(line_changes[name])
        case.changed.append(f"{name}={line[name]!r}"[:60])
        if name == "quantity" and is_huge(line[name]):
            case.transition = None  # posted at three doors it would be too much for one balance, and differ by that
    elif kind == "head":
        name = luck.choice([name for name in head_changes if name in case.head])
        case.head[name] = luck.choice(head_changes[name])
        case.changed.append(f"{name}={case.head[name]!r}"[:60])
    else:
        change = luck.choice(("empty line", "no lines", "product", "sum", "twin", "blank cells"))
        case.changed.append(change)
        empty: dict[str, Cell] = dict.fromkeys(LINE)
        if change == "no lines":
            case.lines = []
        elif change == "empty line":
            case.lines.insert(luck.randrange(len(case.lines) + 1), dict(empty))
        elif change == "product":  # each fits into 64 bits, their product does not
            case.lines.append({**empty, "item": "BAG", "quantity": "9000000", "price": "900000000000.5"})
        elif change == "sum":  # each amount fits, their sum does not
            case.lines += [{**empty, "item": "BAG", "quantity": "9000", "price": "90000000000"} for _ in range(2)]
        elif change == "twin" and case.lines:
            case.lines.append(dict(case.lines[-1]))
        elif case.lines:
            case.lines[-1] = dict.fromkeys(LINE, luck.choice(("", "  ", "\u3000")))


def is_huge(cell: Cell) -> bool:
    digits = [sign for sign in typed(cell) if sign.isdigit()]
    return len(digits) > 9


# --- an entity in JSON Schema ------------------------------------------------------------------------------------

COMPLAINT = """
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Complaint",
  "type": "object",
  "x-formwork": {"kind": "document", "label": {"zh": "投诉", "en": "Complaint"}},
  "additionalProperties": false,
  "required": ["reference", "partner", "received_on", "severity", "urgent"],
  "properties": {
    "reference": {"type": "string", "minLength": 3, "maxLength": 40},
    "code": {"type": "string", "pattern": "[A-Z]{2}-[0-9]{3}"},
    "severity": {"type": "string", "enum": ["low", "high"]},
    "partner": {"type": "string", "x-reference": "partner"},
    "received_on": {"type": "string", "format": "date"},
    "called_at": {"type": "string", "format": "date-time"},
    "count": {"type": "integer", "minimum": 0, "exclusiveMaximum": 1000},
    "share": {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 100},
    "dose": {"type": "number", "multipleOf": 0.25, "exclusiveMinimum": 0},
    "weight": {"type": "number", "x-unit": "kg", "minimum": 0},
    "refund": {"type": "number", "x-currency": "CNY", "minimum": 0, "maximum": 5000},
    "urgent": {"type": "boolean"},
    "answered": {"type": "boolean"},
    "parts": {
      "type": "array", "minItems": 1, "maxItems": 4,
      "items": {
        "type": "object", "additionalProperties": false, "required": ["item", "quantity"],
        "properties": {
          "item": {"type": "string", "x-reference": "item"},
          "quantity": {"type": "number", "x-unit": "item.unit", "exclusiveMinimum": 0},
          "what": {"type": "string", "maxLength": 20}
        }
      }
    }
  }
}
"""
COMPLAINT_HEAD = ("reference", "code", "severity", "partner", "received_on", "called_at", "count", "share", "dose")
COMPLAINT_HEAD += ("weight", "refund", "urgent", "answered")
PART = ("item", "quantity", "what")
COMPLAINT_CELLS: Mapping[str, Sequence[Cell]] = {
    "code": ("AB-123", "ＡＢ-123", "AB-12", "ab-123", "xAB-123", "AB-123\n", None, "AB-1２3", "AB-1234"),
    "severity": ("low", "high", "HIGH", "", None, "medium", " low ", "lo"),
    "partner": ("MILL", "CAFE", "NOBODY", None, "", "mill"),
    "received_on": DAYS,
    "called_at": (
        *("2026-02-03T08:30:00Z", "2026-02-03 08:30", "2026/2/3 8:30:15.25", "2026-02-03T08:30:00+08:00", "2026-02-03"),
        *("08:30", "2026-02-03 25:00", "2026-02-30 08:00", "０００１-01-01 00:00", "2026年2月3日 8:30", None, "now"),
        *("2026-02-03T08:30:00+25:00", "9999-12-31T23:59:59-12:00", "2026-02-03T08:30:00.1234567Z"),
    ),
    "count": (
        "0",
        "999",
        "1000",
        "-1",
        "１２",
        "1.0",
        "1.5",
        "1,0",
        "x",
        7,
        1000,
        -1,
        2**63,
        -(2**63),
        str(2**63),
        Decimal("2.5"),
    ),
    "share": (
        "0",
        "100",
        "100.01",
        "0.005",
        "33.33",
        "-0.01",
        "50 %",
        "１２．５０",
        Decimal("33.33"),
        Decimal("0.001"),
        101,
    ),
    "dose": ("0.25", "0.5", "0.3", "0", "-0.25", Decimal("1.75"), Decimal("0.1"), "1.250", "9" * 38, 2**63),
    "weight": (
        "1.5 kg",
        "500 g",
        "1 l",
        "1kg+1g",
        "-1",
        "0",
        "0.0000001",
        "kg",
        2,
        Decimal("0.000001"),
        2**63,
        "9223372036854.775807",
    ),
    "refund": ("12.50", "5000", "5000.01", "CNY 3", "USD 3", "0.001", "-1", Decimal("1.25"), 5001, str(2**63)),
    "urgent": ("true", "false", "yes", "是", "否", "TRUE", "maybe", "2", "0", "on", "√"),
    "answered": ("true", "No", "对", "不", None, "perhaps", "1"),
    "reference": ("", None),
}
PART_CELLS: Mapping[str, Sequence[Cell]] = {
    "item": NAMES_OF_ITEMS,
    "quantity": QUANTITIES,
    "what": ("", None, "x" * 20, "x" * 21, "a\x07b", "é", "e\u0301", "\u3000x"),
}


def complaints(seed: int, count: int) -> Iterator[Case]:
    """Complaints, some without any mistake."""
    luck = random.Random(seed)
    for number in range(count):
        key = f"K{number:04}"
        head: dict[str, Cell] = {
            "reference": key, "code": "AB-001", "severity": "low", "partner": "CAFE", "received_on": "2026-03-02",
            "called_at": luck.choice((None, "2026-03-02 08:30")), "count": luck.choice((None, 3, "4")),
            "share": luck.choice((None, Decimal("12.5"), "7")), "dose": luck.choice((None, "0.75")),
            "weight": luck.choice((None, "1 kg", "250 g")), "refund": luck.choice((None, "3.50", 4)),
            "urgent": luck.choice(("true", "false", "是")), "answered": luck.choice((None, "no")),
        }  # fmt: skip
        lines: list[dict[str, Cell]] = []
        for _ in range(luck.choice((1, 1, 2, 3))):
            item = luck.choice(list(ITEMS))
            lines.append({"item": item, "quantity": luck.choice(ITEMS[item]), "what": luck.choice((None, "damaged"))})
        case = Case(key, head, lines, transition=None)
        for _ in range(luck.choice((0, 1, 1, 1, 2, 3))):
            if luck.random() < 0.7:
                name = luck.choice(list(COMPLAINT_CELLS))
                head[name] = luck.choice(COMPLAINT_CELLS[name])
                case.changed.append(f"{name}={head[name]!r}"[:60])
            elif luck.random() < 0.7:
                name = luck.choice(list(PART_CELLS))
                row = luck.choice(lines)
                row[name] = luck.choice(PART_CELLS[name])
                case.changed.append(f"{name}={row[name]!r}"[:60])
            else:
                case.lines = luck.choice(([], lines * 3, [dict.fromkeys(PART), *lines]))
                lines = case.lines or [dict.fromkeys(PART)]
                case.changed.append(f"{len(case.lines)} lines")
        yield case


# --- the three doors ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def doors_app() -> App:
    """The food app with mappings for receipts (posted or kept as drafts, with and without the fields that have
    defaults) and with the complaint."""
    files = {"entities/complaint.schema.json": COMPLAINT}
    grant = "{id: complaints, add: {entity: complaint, actions: [list, open, create, edit]}}"
    files["roles/manager.yaml"] = f"role: manager\ngrants:\n  - {grant}\n"
    for name, transition in (("posted", "post"), ("kept", None)):
        files[f"mappings/{name}.yaml"] = mapping(
            name, "goods_receipt", (*WITH_DEFAULTS, *HEAD, *LINE_FIELDS), transition
        )
        files[f"mappings/{name}_short.yaml"] = mapping(
            f"{name}_short", "goods_receipt", (*HEAD, *LINE_FIELDS), transition
        )
    files["mappings/complaints.yaml"] = mapping(
        "complaints", "complaint", (*COMPLAINT_HEAD, *(f"parts.{name}" for name in PART)), None
    )
    return app_over_food("doors", files)


@pytest.fixture
def doors_world(world: World, doors_app: App) -> World:
    """The furnished site with that app published."""
    migrate(world.site, doors_app, False)
    publish(world.site, doors_app.layers, "test")
    give_password(world.site, "manager")
    return world


@dataclass
class Three:
    """Somebody at all three doors of one site: what each door said to each case."""

    world: World
    folder: Path
    entity: str
    lines: str
    line: Sequence[str]
    luck: random.Random
    said: dict[str, dict[str, Told]] = field(default_factory=dict)

    def enter(self, cases: Sequence[Case], mappings: Mapping[tuple[str | None, bool], str]) -> None:
        """Every case by every door."""
        person, program = Person(self.world.site, "manager"), Program(self.world.site, "manager")
        with person.client, program.client:
            for case in cases:
                by_form = person.enter(self.entity, case.form(self.lines), case.transition)
                by_json = program.enter(self.entity, case.program(self.lines, self.luck), case.transition)
                self.said[case.key] = {"form": by_form, "json": by_json}
        for (transition, short), name in mappings.items():
            wanted = [case for case in cases if (case.transition, case.short) == (transition, short)]
            self.bring(name, wanted)

    def bring(self, mapping_id: str, cases: Sequence[Case]) -> None:
        """The cases as one file through a mapping; what was not refused is found by its place in the file."""
        file = self.folder / f"{mapping_id}.json"
        rows = [row for case in cases for row in case.rows(self.line, self.luck)]
        file.write_text(json_text({"rows": rows}), encoding="utf-8")
        before = self.ids()
        report, refused = self.load(mapping_id, file)
        assert report.documents == len(cases), mapping_id
        assert (report.created, report.changed, report.unchanged) == (len(cases) - len(refused), 0, 0)
        new = self.ids() - before
        assert len(new) == report.created
        by_mark = {mark(self.world, self.entity, id): id for id in new}
        for case in cases:
            codes = frozenset(refused.get(case.key, ()))
            self.said[case.key]["import"] = Told(0, None if codes else by_mark[case.key], codes)
        again, still = self.load(mapping_id, file)
        assert (again.created, again.changed, again.unchanged) == (0, 0, report.created), "a second run changes nothing"
        assert still.keys() == refused.keys()

    def load(self, mapping_id: str, file: Path) -> tuple[ImportReport, dict[str, set[str]]]:
        """Import a file; gives the report, and the codes of every document that was refused."""
        rows: list[RefusedRow] = []
        report = import_file(self.world.site, self.world.actor("manager"), mapping_id, file, refuse=rows.append)
        refused: dict[str, set[str]] = {}
        for row in rows:
            codes = {problem.code for problem in row.problems} - {"IMP-107"}  # refused with another row of it
            refused.setdefault(row.id, set()).update(codes)
        return report, refused

    def ids(self) -> set[str]:
        with self.world.site.reading() as (connection, running):
            return {record.id for record in records.list_records(connection, running.tables, self.entity)}

    def differences(self, cases: Sequence[Case]) -> list[str]:
        """Every case at which one door said something else than another, or keeps something else."""
        found: list[str] = []
        for case in cases:
            told = self.said[case.key]
            outcomes = {door: sorted(each.codes) if each.id is None else "accepted" for door, each in told.items()}
            if len({str(each) for each in outcomes.values()}) > 1:
                found.append(f"{case.key} {case.changed}: {outcomes}")
            elif told["form"].id is not None:
                kept = {door: stored(self.world, self.entity, str(each.id)) for door, each in told.items()}
                found += [
                    f"{case.key} {case.changed}: {door} keeps {kept[door]}, form keeps {kept['form']}"
                    for door in ("json", "import")
                    if kept[door] != kept["form"]
                ]
            elif not told["form"].codes:
                found.append(f"{case.key} {case.changed}: refused without a reason: {told}")
        return found


def mark(world: World, entity: str, id: str) -> str:
    """The key of the case that a stored document came from."""
    with world.site.reading() as (connection, running):
        values = records.get(connection, running.tables, entity, [id])[id].values
    return str(values["delivery_note" if entity == "goods_receipt" else "reference"])[:5]


def stored(world: World, entity: str, id: str) -> dict[str, Any]:
    """Everything that a document left behind, but for ids and numbers that no two documents share."""
    with world.site.reading() as (connection, running):
        record = records.get(connection, running.tables, entity, [id])[id]
        moved = balances.movements(connection, running.tables, "stock", entity, id)
    values = {
        name: [{key: cell for key, cell in line.items() if key != "id"} for line in value]
        if isinstance(value, tuple)
        else value
        for name, value in record.values.items()
    }
    movements = sorted(repr((sorted(each.cell.items(), key=str), dict(each.deltas), each.effective)) for each in moved)
    return {"values": values, "state": record.state, "numbered": record.number is not None, "moved": movements}


MAPPINGS = {
    ("post", False): "posted",
    ("post", True): "posted_short",
    (None, False): "kept",
    (None, True): "kept_short",
}


def test_a_receipt_is_judged_alike_at_every_door(doors_world: World, tmp_path: Path) -> None:
    """220 receipts: the same verdict, the same reasons, the same stored values and movements."""
    cases = list(receipts(20260302, 220))
    three = Three(doors_world, tmp_path, "goods_receipt", "lines", LINE, random.Random(1))
    three.enter(cases, MAPPINGS)
    found = three.differences(cases)
    assert not found, told(found, cases)
    enough(three, 60, 100, 18)
    assert verify(doors_world.site) == ()


def test_a_record_of_a_json_schema_is_judged_alike_at_every_door(doors_world: World, tmp_path: Path) -> None:
    """100 complaints, an entity that is a JSON Schema: the same again."""
    cases = list(complaints(730, 100))
    three = Three(doors_world, tmp_path, "complaint", "parts", PART, random.Random(2))
    three.enter(cases, {(None, False): "complaints"})
    found = three.differences(cases)
    assert not found, told(found, cases)
    enough(three, 20, 40, 15)


LONG: tuple[Cell, ...] = (10**39, 10**60, -(10**45), Decimal(f"1.{'0' * 60}1"))


def test_a_number_of_very_many_digits_is_refused_for_one_reason(doors_world: World, tmp_path: Path) -> None:
    """A form can only say it as a text, a program says it as a number."""
    cases = []
    for at, number in enumerate(LONG):
        head: dict[str, Cell] = {"supplier": "MILL", "place": "MAIN", "delivery_note": f"L{at:04}", "note": None}
        line: dict[str, Cell] = {**dict.fromkeys(LINE), "item": "BAG", "quantity": number}
        cases.append(Case(f"L{at:04}", {**head, "total": None}, [line], short=True, changed=[f"{number:.3e}"]))
    three = Three(doors_world, tmp_path, "goods_receipt", "lines", LINE, random.Random(3))
    three.enter(cases, MAPPINGS)
    found = three.differences(cases)
    assert not found, "\n".join(found)


def test_a_name_that_is_no_field_is_refused_at_every_door(doors_world: World) -> None:
    """By the form and by JSON with the document; an import cannot even be declared with it."""
    site = doors_world.site
    person, program = Person(site, "manager"), Program(site, "manager")
    good = {"supplier": "MILL", "place": "MAIN"}
    for head, line in (({"colour": "x"}, {}), ({}, {"colour": "x"}), ({"Supplier": "x"}, {}), ({"id": "x"}, {})):
        flat = {**good, **head, "lines-0-item": "FLOUR", "lines-0-quantity": "1"}
        flat |= {f"lines-0-{name}": text for name, text in line.items()}
        by_form = person.enter("goods_receipt", flat, "post")
        lines = [{"item": "FLOUR", "quantity": "1", **line}]
        by_json = program.enter("goods_receipt", {**good, **head, "lines": lines}, "post")
        assert by_form.codes == by_json.codes == {"VAL-180"}, (head, line, by_form, by_json)
    wrong = mapping("wrong", "goods_receipt", ("supplier", "colour", "lines.shade"), None)
    app, problems = load_over_food("wrong", {"mappings/wrong.yaml": wrong})
    assert app is None
    assert len(problems) == 2
    assert len({problem.code for problem in problems}) == 1


def test_a_text_that_no_database_can_keep_is_refused_at_every_door(doors_world: World, tmp_path: Path) -> None:
    """NUL: the web refuses the request as a whole, an import the document."""
    head: dict[str, Cell] = {
        "supplier": "MILL",
        "place": "MAIN",
        "delivery_note": "R0000",
        "note": "a\0b",
        "total": None,
    }
    case = Case("R0000", head, [{**dict.fromkeys(LINE), "item": "BAG", "quantity": "1"}], short=True)
    three = Three(doors_world, tmp_path, "goods_receipt", "lines", LINE, random.Random(3))
    three.enter([case], MAPPINGS)
    said = three.said["R0000"]
    assert said["json"].codes == {"WEB-117"}
    assert said["import"].codes == {"VAL-105"}
    assert (said["form"].status, said["form"].id) == (400, None)


def told(found: Sequence[str], cases: Sequence[Case]) -> str:
    """The first differences, one a line."""
    return "\n".join((f"{len(found)} of {len(cases)} differ:", *found[:20]))


def enough(three: Three, accepted: int, refused: int, codes: int) -> None:
    """The cases have to be worth something: many accepted, many refused, for many different reasons."""
    told = [said["json"] for said in three.said.values()]
    reasons = Counter(code for each in told for code in each.codes)
    good = sum(1 for each in told if each.id is not None)
    print(f"\n{three.entity}: {len(told)} cases, {good} accepted, {len(told) - good} refused for {dict(reasons)}")
    assert good >= accepted, good
    assert len(told) - good >= refused, len(told) - good
    assert len(reasons) >= codes, reasons
