from __future__ import annotations

from engine.forms.unflatten import is_flat, unflatten


def test_rows_keep_their_order_and_gaps_close() -> None:
    pairs = [("lines-10-item", "c"), ("note", "x"), ("lines-2-item", "b"), ("lines-2-id", "l2"), ("lines-0-item", "a")]
    assert unflatten(pairs) == {"note": "x", "lines": [{"item": "a"}, {"item": "b", "id": "l2"}, {"item": "c"}]}


def test_rows_win_over_the_marker_and_the_last_value_counts() -> None:
    assert unflatten([("lines-0-item", "a"), ("lines", "")]) == {"lines": [{"item": "a"}]}
    assert unflatten([("lines", "")]) == {"lines": ""}
    assert unflatten([("active", "false"), ("active", "true")]) == {"active": "true"}


def test_names_that_do_not_fit_are_kept() -> None:
    odd = [
        "lines-x-item",
        "lines-1",
        "-1-item",
        "lines-1-item-2",
        "lines-12345678-item",
        "lines--1-item",
        "Lines-1-item",
    ]
    assert unflatten((name, "v") for name in odd) == dict.fromkeys(odd, "v")
    assert not is_flat(odd)
    assert is_flat(["note", "lines-0-item"])
