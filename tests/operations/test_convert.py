"""An order becomes receipts: in full, in parts, within its tolerance, taken back; and both know of each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from engine.access.actor import Actor
from engine.language.catalogue import message
from engine.language.problems import Refused
from engine.operations.open import Opened, open_document
from engine.operations.people import player
from engine.operations.publish import publish
from engine.operations.submit import Submitted
from engine.operations.verify import verify
from engine.packages.files import PackageFiles
from tests.operations.depot import Depot
from tests.operations.test_races import at_once, winners
from tests.operations.test_statements import counted

LINES = [{"item": "FLOUR", "quantity": "10", "price": "2.5"}, {"item": "BAG", "quantity": "4", "price": "0.10"}]
BATCH = {"batch_code": "F1", "last_day": "2026-09-01"}


def person(depot: Depot, role: str = "keeper") -> Actor:
    """Somebody who holds a role."""
    with depot.site.reading() as (connection, running):
        return player(connection, running, role, (role,), "en")


def begin(depot: Depot, order: str, role: str = "keeper", conversion: str = "receive") -> Opened:
    """The form of a receipt that is begun from an order."""
    return open_document(depot.site, person(depot, role), "goods_receipt", None, "en", begun_from=(conversion, order))


def show(depot: Depot, entity: str, id: str, role: str = "keeper") -> Opened:
    """The page of a document."""
    return open_document(depot.site, person(depot, role), entity, id, "en")


def lines_of(opened: Opened) -> list[dict[str, Any]]:
    """The lines that a form is filled with."""
    found: Any = opened.values["lines"]
    return list(found)


def receive(depot: Depot, order: str, *quantities: str, **more: Any) -> Submitted:
    """Begin a receipt from an order, change its quantities, and post it: what a program does with the answer."""
    begun = begin(depot, order)
    lines = [
        {**line, "quantity": quantity or line["quantity"], **BATCH}
        for line, quantity in zip(lines_of(begun), quantities or [""] * 9, strict=False)
    ]
    values = {**begun.values, "received_on": "2026-03-02", "lines": lines}
    return depot.submit("goods_receipt", values, transition=more.pop("transition", "post"), **more)


def test_the_form_is_filled_from_the_order_and_nothing_is_written(depot: Depot) -> None:
    order = depot.order(LINES)
    begun = begin(depot, order.id)
    stored = depot.record("purchase_order", order.id)
    flour, bag = stored.lines("lines")
    assert begun.values == {
        "supplier": depot.id_of("supplier", "MILL"),
        "order": order.id,
        "received_on": "2026-03-02",
        "note": None,
        "lines": [
            {
                "id": "",
                "item": line["item"],
                "quantity": quantity,
                "price": None,
                "batch_code": None,
                "last_day": None,
                "order": order.id,
                "order_line": line["id"],
            }
            for line, quantity in ((flour, "10"), (bag, "4"))
        ],
    }
    assert (begun.record, begun.version) == (None, None)
    assert [offer.transition for offer in begun.offers] == ["post", "take", "post_new"]
    assert depot.all("goods_receipt") == ()
    shown = {field.id: field for section in begun.view.sections for field in section.fields}
    assert shown["supplier"].text == "MILL", "people see codes, not ids"  # type: ignore[union-attr]


def test_what_the_person_may_not_see_of_the_source_is_left_out(depot: Depot) -> None:
    order = depot.order(LINES)
    everything = begin(depot, order.id, "chief")
    assert everything.values["note"] == "30 days"
    assert [line["price"] for line in lines_of(everything)] == ["2.5", "0.1"]
    keeper = begin(depot, order.id)
    assert keeper.values["note"] is None
    assert [line["price"] for line in lines_of(keeper)] == [None, None]


def test_in_full(depot: Depot) -> None:
    order = depot.order(LINES)
    done = receive(depot, order.id)
    assert done.state == "posted"
    assert (depot.open(order.id), depot.open(order.id, 1)) == (0, 0)
    assert depot.stock() == {("FLOUR", "F1"): Decimal(10), ("BAG", None): Decimal(4)}
    with pytest.raises(Refused) as refused:
        begin(depot, order.id)
    (problem,) = refused.value.problems
    assert problem.code == "CNV-102"
    assert message(problem, "en") == "Nothing is left of “PO-00001 MILL” to Receive."


def test_in_parts_and_what_is_left_is_offered_next(depot: Depot) -> None:
    order = depot.order(LINES)
    receive(depot, order.id, "6", "4")
    (left,) = lines_of(begin(depot, order.id))
    assert (left["quantity"], depot.open(order.id)) == ("4", Decimal(4))
    receive(depot, order.id, "1.5")
    assert [line["quantity"] for line in lines_of(begin(depot, order.id))] == ["2.5"]
    receive(depot, order.id)
    assert depot.open(order.id) == 0
    assert len(depot.all("goods_receipt")) == 3
    assert verify(depot.site) == ()


def test_more_than_ordered_within_the_tolerance_and_above_it(depot: Depot) -> None:
    order = depot.order(LINES)
    with pytest.raises(Refused) as refused:
        receive(depot, order.id, "11.001", "4")
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("LED-101", ("lines", 0))
    assert (problem.parameters["needed"], problem.parameters["available"]) == (Decimal("11.001"), Decimal(11))
    receive(depot, order.id, "11", "4")
    assert depot.open(order.id) == -1, "more than ordered is known as such"
    with pytest.raises(Refused):
        begin(depot, order.id)


def test_two_clients_at_once_share_what_may_come(depot: Depot) -> None:
    order = depot.order([LINES[0]])
    with ThreadPoolExecutor(8) as threads:
        answers = at_once(threads, [lambda: receive(depot, order.id, "4")] * 8)
    assert len(winners(answers)) == 2  # 11 kg at most
    for answer in answers:
        if isinstance(answer, tuple):
            assert {problem.code for problem in answer} <= {"LED-101", "CNV-102"}
    assert depot.open(order.id) == 2
    assert verify(depot.site) == ()


def test_a_reversal_opens_the_order_again(depot: Depot) -> None:
    order = depot.order(LINES)
    done = receive(depot, order.id)
    depot.submit("goods_receipt", {}, id=done.id, transition="reverse")
    assert [line["quantity"] for line in lines_of(begin(depot, order.id))] == ["10", "4"]
    receive(depot, order.id, "11", "4")


@pytest.mark.parametrize("conversion", ["receive", "deliver", ""])
def test_a_source_that_is_not_there_answers_like_one_that_is_hidden(depot: Depot, conversion: str) -> None:
    draft = depot.order(LINES, transition=None)  # a keeper sees approved orders only
    told = []
    for source in (draft.id, "nothing", ""):
        with pytest.raises(Refused) as refused:
            begin(depot, source, conversion=conversion)
        told.append([(problem.code, problem.parameters) for problem in refused.value.problems])
    assert told[0] == told[1] == told[2]
    assert told[0][0][0] == ("ACC-112" if conversion == "receive" else "CNV-103")


def test_a_condition_that_does_not_hold_is_told_and_no_button_is_shown(depot: Depot) -> None:
    order = depot.order(LINES)
    assert [each.conversion for each in show(depot, "purchase_order", order.id).conversions] == ["receive"]
    assert show(depot, "purchase_order", order.id, "buyer").conversions == (), "a buyer makes no receipts"
    depot.submit("purchase_order", {}, id=order.id, transition="close", role="buyer")
    assert show(depot, "purchase_order", order.id).conversions == ()
    with pytest.raises(Refused) as refused:
        begin(depot, order.id)
    assert [problem.code for problem in refused.value.problems] == ["CNV-101"]


def test_whoever_may_not_create_the_target_begins_nothing(depot: Depot) -> None:
    order = depot.order(LINES)
    with pytest.raises(Refused) as refused:
        begin(depot, order.id, "buyer")
    assert [problem.code for problem in refused.value.problems] == ["ACC-110"]


def test_both_documents_name_each_other(depot: Depot) -> None:
    order = depot.order(LINES)
    first, second = receive(depot, order.id, "6", "4"), receive(depot, order.id, transition=None)
    shown = show(depot, "purchase_order", order.id).links
    assert [(each.title, each.number, each.state) for each in shown.became] == [
        ("MILL", None, "draft"),
        ("GR-00001 MILL", "GR-00001", "posted"),
    ]
    assert (shown.made_from, shown.more) == ((), False)
    (linked,) = show(depot, "goods_receipt", second.id).links.made_from
    assert (linked.entity, linked.id, linked.title) == ("purchase_order", order.id, "PO-00001 MILL")
    assert linked.state_called == {"zh": "已批准", "en": "Approved"}
    depot.submit("goods_receipt", {}, id=first.id, transition="plan", role="chief")
    (recheck,) = show(depot, "goods_receipt", first.id, "chief").links.became
    assert recheck.entity == "recheck"


def test_a_reference_in_a_line_alone_is_a_link(depot: Depot) -> None:
    order = depot.order(LINES)
    (line, _) = depot.record("purchase_order", order.id).lines("lines")
    done = depot.receive([{"item": "FLOUR", "quantity": "1", "order": order.id, "order_line": line["id"], **BATCH}])
    assert [each.id for each in show(depot, "purchase_order", order.id).links.became] == [done.id]
    assert [each.id for each in show(depot, "goods_receipt", done.id).links.made_from] == [order.id]
    assert depot.open(order.id) == 9


def test_no_link_leads_to_what_the_reader_may_not_open(depot: Depot) -> None:
    order = depot.order(LINES)
    done = receive(depot, order.id, "6", "4")
    assert show(depot, "purchase_order", order.id, "buyer").links.became == (), "a buyer sees no receipts"
    draft = depot.order(LINES, transition=None)
    values = {"supplier": "MILL", "order": draft.id, "lines": [{"item": "BAG", "quantity": "1"}]}
    other = depot.submit("goods_receipt", values, role="chief")
    assert [each.id for each in show(depot, "goods_receipt", other.id, "chief").links.made_from] == [draft.id]
    assert show(depot, "goods_receipt", other.id).links.made_from == (), "a keeper sees no drafts of orders"
    depot.submit("goods_receipt", {}, id=done.id, transition="plan", role="chief")
    assert show(depot, "goods_receipt", done.id).links.became == (), "a keeper sees no rechecks"


def test_a_hidden_field_makes_no_link_in_either_direction(depot: Depot) -> None:
    order = depot.order(LINES)
    done = receive(depot, order.id, "6", "4")
    assert show(depot, "goods_receipt", done.id, "clerk").links.made_from == ()
    assert show(depot, "purchase_order", order.id, "clerk").links.became == ()


def test_the_conversion_is_that_of_the_package_published_now(depot: Depot) -> None:
    """The order keeps the package it was approved under; what begins from it is new work."""
    order = depot.order(LINES)
    (*lower, own) = depot.site.app().layers
    files = dict(own.files)
    receive_file = "conversions/receive.yaml"
    files[receive_file] = files[receive_file].replace(b"when: open > 0", b"when: open > 5")
    files["conversions/inspect.yaml"] = (
        b"conversion: inspect\nlabel: {zh: \xe5\xa4\x8d\xe6\x9f\xa5, en: Inspect}\nsource: purchase_order\n"
        b"target: recheck\nvalues: {supplier: source.supplier, result: \"concat(number, '?')\"}\n"
    )
    publish(depot.site, (*lower, PackageFiles(own.name, files)), "test")
    assert depot.record("purchase_order", order.id).package != depot.site.app().digest
    assert [line["quantity"] for line in lines_of(begin(depot, order.id))] == ["10"]
    shown = show(depot, "purchase_order", order.id, "chief")
    assert [each.conversion for each in shown.conversions] == ["inspect", "receive"]
    chief = person(depot, "chief")
    begun = open_document(depot.site, chief, "recheck", None, "en", begun_from=("inspect", order.id))
    assert begun.values["supplier"] == depot.id_of("supplier", "MILL")
    assert begun.values["result"] == "PO-00001?"


def test_the_statements_do_not_grow_with_lines_and_links(depot: Depot) -> None:
    def costs(count: int) -> tuple[int, int, int]:
        order = depot.order([{"item": "BAG", "quantity": "10"} for _ in range(count)])
        with counted(depot) as first:  # type: ignore[arg-type]
            assert len(lines_of(begin(depot, order.id))) == count
        for _ in range(count):
            receive(depot, order.id, *["1"] * count, transition=None)
        done = receive(depot, order.id, *["1"] * count)
        with counted(depot) as second:  # type: ignore[arg-type]
            assert len(show(depot, "purchase_order", order.id).links.became) == count + 1
        with counted(depot) as third:  # type: ignore[arg-type]
            assert len(show(depot, "goods_receipt", done.id).links.made_from) == 1
        return len(first), len(second), len(third)

    assert costs(1) == costs(12)
