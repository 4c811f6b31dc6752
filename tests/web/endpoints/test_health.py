from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.language.problems import Problem, Refused
from engine.web.endpoints import health
from tests.web import fakes

Open = Callable[..., Any]


def test_liveness_asks_nothing(browser: Open, site: fakes.Site) -> None:
    assert browser().get("/healthz").text == "ok"
    assert site.asked == 0


def test_readiness_asks_at_most_every_two_seconds(
    browser: Open, site: fakes.Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(health.time, "monotonic", lambda: now[0])
    probe = browser()
    assert [probe.get("/readyz").status_code for _ in range(50)] == [200] * 50
    assert site.asked == 1
    now[0] += 2.5

    def gone() -> None:
        raise Refused((Problem("WEB-117", {}),))

    monkeypatch.setattr(site, "app", gone)
    assert probe.get("/readyz").status_code == 503
