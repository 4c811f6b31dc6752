from __future__ import annotations

from engine.language.catalogue import entries
from engine.language.problems import Problem
from engine.web.respond import ORDER, STATUS, status_of


def test_every_code_with_a_status_is_in_the_catalogue() -> None:
    assert set(STATUS) <= set(entries())
    assert {code for code in entries() if code.startswith("WEB-")} == {
        code for code in STATUS if code.startswith("WEB-")
    }
    assert set(STATUS.values()) <= set(ORDER)


def test_one_answer_one_status() -> None:
    assert status_of((Problem("VAL-101"),)) == 422
    assert status_of((Problem("VAL-101"), Problem("WEB-107"))) == 404
    assert status_of((Problem("WEB-107"), Problem("WEB-109"))) == 401
