"""Limits are judged on the whole document, once for each balance; facts are never refused."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.entities.changes import Balance, GrainKey
from engine.language.catalogue import message
from engine.ledgers.judge import judge
from engine.ledgers.post import post

MAIN = GrainKey("stock", "cell", ("flour", "main", None, "ok"))
TOTAL = GrainKey("stock", "total", ("flour",))
TITLES = {("item", "flour"): "高筋面粉", ("place", "main"): "主仓"}


def movements(books, name, scope):
    found, problems = post(books.postings[name], books.ledgers, scope)
    assert found is not None, problems
    return found


def stock(amount):
    return {key: Balance({"quantity": Decimal(amount)}) for key in (MAIN, TOTAL)}


def judged(books, parts, balances):
    return judge(parts, balances, books.ledgers, lambda entity, identity: TITLES.get((entity, identity), identity))


def test_enough_is_taken(books, document):
    after, problems = judged(books, [movements(books, "goods_out", document(("flour", "4")))], stock("10"))
    assert problems == ()
    assert after[MAIN].amount("quantity") == after[TOTAL].amount("quantity") == 6


def test_everything_there_may_be_taken(books, document):
    after, problems = judged(books, [movements(books, "goods_out", document(("flour", "10")))], stock("10"))
    assert (problems, after[MAIN].amount("quantity")) == ((), 0)


def test_too_much_is_refused_by_name_and_quantity(books, document):
    before = stock("10")
    after, problems = judged(books, [movements(books, "goods_out", document(("flour", "10.001")))], before)
    (problem,) = problems
    assert after == before
    assert problem.path == ("lines", 0)
    assert message(problem, "zh") == "高筋面粉、主仓、ok：需要 10.001 kg，只有 10 kg。"
    assert message(problem, "en") == "高筋面粉, 主仓, ok: 10.001 kg needed, 10 kg available."


def test_sibling_lines_are_judged_together(books, document):
    _, problems = judged(books, [movements(books, "goods_out", document(("flour", "6"), ("flour", "6")))], stock("10"))
    assert [problem.parameters["needed"] for problem in problems] == [12]


def test_several_postings_of_one_document_are_judged_together(books, document):
    parts = [
        movements(books, "goods_in", document(("flour", "5"))),
        movements(books, "goods_out", document(("flour", "12"))),
    ]
    assert judged(books, parts, stock("10"))[1] == ()
    assert judged(books, parts, stock("6"))[1] != ()


def test_every_broken_balance_is_told(books, document):
    parts = [
        movements(books, "goods_out", document(("flour", "1"), ("milk", "2", "shop", "b"), ("flour", "1", "shop")))
    ]
    _, problems = judged(books, parts, {})
    assert [problem.path for problem in problems] == [("lines", 0), ("lines", 1), ("lines", 2)]


def test_facts_are_never_refused(books, document):
    after, problems = judged(books, [movements(books, "loss", document(("flour", "3")))], {})
    assert problems == ()
    assert after[MAIN].amount("quantity") == -3


def test_a_decision_may_not_make_a_shortfall_worse_but_may_mend_it(books, document):
    assert judged(books, [movements(books, "goods_out", document(("flour", "1")))], stock("-3"))[1] != ()
    after, problems = judged(books, [movements(books, "goods_in", document(("flour", "1")))], stock("-3"))
    assert problems == ()
    assert after[MAIN].amount("quantity") == -2


def test_an_upper_limit(books, document):
    _, problems = judged(books, [movements(books, "goods_in", document(("flour", "1000000.5")))], stock("0"))
    (problem,) = problems
    assert (problem.code, problem.parameters["available"]) == ("LED-102", 1000000)


amounts = st.integers(-20, 20).map(str)


@given(
    st.lists(st.tuples(st.sampled_from(["goods_in", "goods_out", "loss"]), amounts, amounts), max_size=6),
    st.integers(0, 30),
)
def test_no_decision_ever_goes_below_and_what_is_refused_changes_nothing(books, document, steps, start):
    balances = stock(str(start))
    for name, first, second in steps:
        part = movements(books, name, document(("flour", first), ("flour", second)))
        before = dict(balances)
        after, problems = judged(books, [part], balances)
        left = after.get(MAIN, balances[MAIN]).amount("quantity")
        had = before[MAIN].amount("quantity")
        if name == "loss":
            assert not problems
        elif problems:
            assert all(after[key] == before.get(key, Balance()) for key in after)
        else:
            assert left >= min(had, 0)
            assert left >= 0 or left >= had
        balances.update(after)
