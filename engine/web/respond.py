"""Problems → one status and one shape, as a page or as JSON. The only place where HTTP statuses are chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from engine.language.problems import Problem
from engine.web.incoming import WRITES, Incoming
from engine.web.json_text import write_json
from engine.web.pages import page
from engine.web.sign_in_page import sign_in_page, typed_in_vain
from engine.web.told import hint_of, message_of

STATUS: Mapping[str, int] = {
    "ACC-110": 403,
    "ACC-111": 403,
    "ACC-112": 404,
    "ACC-101": 401,
    "ACC-102": 429,
    "CNV-101": 409,
    "CNV-102": 409,
    "CNV-103": 404,
    "OPS-101": 503,
    "OPS-102": 503,
    "OPS-103": 404,
    "OPS-104": 409,
    "OPS-105": 403,
    "OPS-107": 503,
    "OPS-120": 413,
    "OPS-130": 404,
    "OPS-131": 400,
    "STO-101": 503,
    "STO-102": 503,
    "STO-103": 503,
    "STO-104": 503,
    "STO-105": 503,
    "STO-106": 503,
    "STO-107": 409,
    "STO-109": 503,
    "STO-120": 409,
    "STO-121": 409,
    "STO-122": 409,
    "STO-126": 409,
    "WFL-101": 409,
    "WFL-102": 403,
    "WFL-106": 409,
    "WFL-120": 409,
    "WFL-121": 409,
    "WFL-122": 403,
    "WFL-123": 400,
    "WFL-127": 403,
    "WEB-101": 403,
    "WEB-102": 403,
    "WEB-103": 415,
    "WEB-104": 413,
    "WEB-105": 400,
    "WEB-106": 400,
    "WEB-107": 404,
    "WEB-108": 405,
    "WEB-109": 401,
    "WEB-110": 500,
    "WEB-111": 415,
    "WEB-112": 400,
    "WEB-113": 400,
    "WEB-114": 400,
    "WEB-115": 400,
    "WEB-116": 400,
    "WEB-117": 400,
    "WEB-118": 408,
}
UNPROCESSABLE = 422
# When one answer holds problems of several statuses, the first of these that occurs is the answer's.
ORDER = (500, 503, 429, 401, 404, 403, 405, 408, 413, 415, 400, 409, UNPROCESSABLE)


def status_of(problems: Sequence[Problem]) -> int:
    """The status of an answer that refuses for these reasons; what a person can mend in the form itself is 422."""
    stopping = [problem for problem in problems if problem.severity == "error"] or problems
    statuses = {STATUS.get(problem.code, UNPROCESSABLE) for problem in stopping}
    return next(status for status in ORDER if status in statuses)


def problem_json(problem: Problem, incoming: Incoming) -> dict[str, object]:
    """One problem as every JSON answer shows it."""
    return {
        "code": problem.code,
        "message": message_of(problem, incoming),
        "hint": hint_of(problem, incoming),
        "path": list(problem.path),
        "severity": problem.severity,
    }


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer with exact numbers (see `json_text`)."""
    return Response(write_json(value), status, headers, media_type="application/json; charset=utf-8")


def refuse(incoming: Incoming, problems: Sequence[Problem], status: int | None = None) -> Response:
    """The answer that refuses: JSON, or a page of its own (a form to be mended is shown again by its endpoint)."""
    code = status_of(problems) if status is None else status
    headers = retry_after(problems)
    if incoming.wants_json:
        shown = [problem_json(problem, incoming) for problem in problems]
        return json_answer({"problems": shown, "number": incoming.number}, code, headers)
    if code == 401 and incoming.session is None:
        if incoming.method not in WRITES:
            return see_other(f"/sign-in?next={quote(incoming.address)}")
        kept = typed_in_vain(incoming) if "entity" in incoming.path else {}  # of a document; never of a password
        if kept:
            return sign_in_page(incoming, status=code, problems=problems, after=incoming.address, kept=kept)
    return page(incoming, "error.html", status=code, headers=headers, code=code, problems=tuple(problems))


def retry_after(problems: Sequence[Problem]) -> dict[str, str]:
    """The seconds to wait, where a problem names them."""
    waits = [
        problem.parameters["seconds"]
        for problem in problems
        if STATUS.get(problem.code) in {429, 503} and "seconds" in problem.parameters
    ]
    return {"Retry-After": str(waits[0])} if waits else {}


def see_other(address: str) -> RedirectResponse:
    """After a write: go and look (303), so that reloading the page repeats nothing."""
    return RedirectResponse(address, status_code=303)
