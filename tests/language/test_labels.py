"""Labels: one text for all languages, or one for each."""

import pytest
from pydantic import TypeAdapter
from pydantic_core import PydanticCustomError

from engine.language.labels import MAX_LENGTH, Label, label_of
from engine.language.problems import Place
from engine.language.source import LocatedText


def test_one_text_counts_for_all_languages():
    label = label_of(LocatedText.at("采购单", Place("x.yaml", 1, 8, 1, 11), ""))
    assert (label.text("zh"), label.text("en")) == ("采购单", "采购单")
    assert label.languages == {"zh", "en"}
    assert label.place == Place("x.yaml", 1, 8, 1, 11)


def test_the_other_language_stands_in_for_one_that_is_missing():
    label = label_of({"zh": "采购单"})
    assert label.text("en") == "采购单"
    assert label.languages == {"zh"}
    assert label.as_mapping() == {"zh": "采购单", "en": "采购单"}


def test_without_any_text_what_is_handed_in_is_used():
    assert Label(None, None).text("zh", "purchase_order") == "purchase_order"
    assert Label(None, None).text("zh") == ""


def test_equality_is_of_the_texts():
    assert label_of({"zh": "a", "en": "b"}) == Label("a", "b", Place("y.yaml", 1, 1, 1, 2))
    assert len({Label("a", "b"), Label("a", "b"), Label("a", "c")}) == 2
    assert repr(Label("a", "b")) == "Label(zh='a', en='b')"
    assert label_of(Label("a", "b")) == Label("a", "b")


@pytest.mark.parametrize(
    "value", [None, 5, True, [], {}, "", "  ", "x" * (MAX_LENGTH + 1), {"zh": ""}, {"fr": "x"}, {"zh": 5}]
)
def test_what_is_no_label(value):
    with pytest.raises(PydanticCustomError):
        label_of(value)


def test_labels_go_through_pydantic_both_ways():
    adapter = TypeAdapter(Label)
    assert adapter.validate_python({"zh": "a", "en": "b"}) == Label("a", "b")
    assert adapter.dump_python(Label("a", "b")) == {"zh": "a", "en": "b"}
    assert adapter.json_schema()["anyOf"][1]["additionalProperties"] is False
