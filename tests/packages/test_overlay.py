from engine.language.source import MappingNode, read_source, to_data
from engine.packages.overlay import History, Overlay

BASE = """\
entity: item
label: Item
fields:
  - {id: code, kind: text}
  - {id: step, kind: decimal, default: 1}
  - id: lines
    kind: lines
    fields:
      - {id: price, kind: money, min: 0}
identity: [code]
"""


def node(text: str, file: str) -> MappingNode:
    found, problems = read_source(file, text)
    assert not problems
    assert isinstance(found, MappingNode)
    return found


def laid(change: str) -> tuple[dict, list, History, MappingNode]:
    history = History()
    overlay = Overlay(history)
    base, top = node(BASE, "trade/entities/item.yaml"), node("entity: item\n" + change, "food/entities/item.yaml")
    effective = overlay.lay(base, top, ("entities", "item"), frozenset({"entity"}))
    return to_data(effective), overlay.problems, history, effective


def fields(data: dict) -> list[str]:
    return [field["id"] for field in data["fields"]]


def test_set_replaces_adds_and_gives_back_keys():
    data, problems, history, _ = laid("set: {label: Article, title: '{code}', identity: null}\n")
    assert problems == []
    assert (data["label"], data["title"]) == ("Article", "{code}")
    assert "identity" not in data
    assert set(history.replaced) == {("entities", "item", "label"), ("entities", "item", "identity")}


def test_items_are_changed_added_moved_and_removed_by_id():
    data, problems, history, _ = laid(
        "fields:\n"
        "  - {id: shelf, add: {kind: integer}, after: code}\n"
        "  - {id: code, remove: true}\n"
        "  - {id: lines, set: {min: 1}, before: step}\n"
        "  - id: lines\n"
        "    fields: [{id: price, set: {min: 5}}]\n"
    )
    assert problems == []
    assert fields(data) == ["shelf", "lines", "step"]
    assert data["fields"][1]["min"] == 1
    assert data["fields"][1]["fields"] == [{"id": "price", "kind": "money", "min": 5}]
    assert list(history.removed) == [("entities", "item", "fields", "code")]


def test_every_value_keeps_the_place_where_it_was_written():
    _, _, _, effective = laid("fields:\n  - {id: step, set: {default: 2}}\n")
    fields = next(value for key, value in effective.items if key.text == "fields")
    step = {key.text: value for key, value in fields.items[1].items}
    assert (step["kind"].place.file, step["kind"].place.line) == ("trade/entities/item.yaml", 5)
    assert (step["default"].place.file, step["default"].place.line) == ("food/entities/item.yaml", 3)


def codes(change: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.place.line) for problem in laid(change)[1]]


def test_a_whole_definition_of_something_known_is_refused():
    assert codes("label: Article\n") == [("PKG-252", 2)]
    assert codes("fields:\n  - {id: step, default: 2}\n") == [("PKG-252", 3)]
    assert codes("identity: [name]\n") == [("PKG-257", 2)]


def test_a_change_to_something_absent_is_refused():
    assert codes("fields:\n  - {id: stpe, set: {default: 2}}\n") == [("PKG-253", 3)]
    assert codes("fields:\n  - {id: nope, remove: true}\n") == [("PKG-253", 3)]
    assert codes("fields:\n  - {id: nope, kind: text}\n") == [("PKG-259", 3)]
    assert codes("fields:\n  - {id: nope, add: {kind: text}, after: codde}\n") == [("PKG-255", 3)]


def test_an_item_is_added_once():
    assert codes("fields:\n  - {id: step, add: {kind: text}}\n") == [("PKG-254", 3)]


def test_operations_written_in_the_wrong_way_are_refused():
    assert codes("set: nothing\n") == [("PKG-256", 2)]
    assert codes("fields:\n  - {id: step, remove: yes}\n") == [("PKG-256", 3)]
    assert codes("fields:\n  - {id: step, remove: true, set: {default: 1}}\n") == [("PKG-260", 3)]
    assert codes("fields:\n  - {set: {default: 1}}\n") == [("PKG-258", 3)]
    assert codes("fields:\n  - {id: step}\n") == [("PKG-252", 3)]


def test_all_problems_of_a_file_are_told_at_once():
    assert len(codes("label: A\nfields:\n  - {id: a, set: {x: 1}}\n  - {id: b, kind: text}\n")) == 3
