from __future__ import annotations

import os
import threading
import urllib.request
from pathlib import Path

import pytest

from engine.web import server
from tests.web import fakes


def test_two_processes_never_share_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("this machine allows one core only")
    monkeypatch.setattr(server, "quota_cores", lambda file: 1000)
    before = os.sched_getaffinity(0)
    with server.pinned("auto") as mine:
        if mine is not None:
            assert os.sched_getaffinity(0) == {mine}
            assert server._hold(mine) is None
    assert os.sched_getaffinity(0) == before


def test_no_pin_where_it_would_hurt(monkeypatch: pytest.MonkeyPatch) -> None:
    with server.pinned("off") as core:
        assert core is None
    monkeypatch.setattr(server, "quota_cores", lambda file: 0)
    with server.pinned("auto") as core:
        assert core is None


@pytest.mark.parametrize(("text", "cores"), [("max 100000", 1000), ("50000 100000", 0), ("250000 100000", 2)])
def test_quota(text: str, cores: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert server.quota_cores(tmp_path / "cpu.max") == cores
    assert server.quota_cores(tmp_path / "none") == 1000


def test_it_serves_wakes_and_stops(monkeypatch: pytest.MonkeyPatch, kept: fakes.Kept, site: fakes.Site) -> None:
    from engine.web import app

    monkeypatch.setattr(app, "Doors", lambda: fakes.doors(kept))
    seen: dict[str, object] = {}
    running: list[server._Server] = []
    made = server._Server.__init__

    def remember(self: server._Server, *given: object) -> None:
        made(self, *given)  # type: ignore[arg-type]
        running.append(self)

    monkeypatch.setattr(server._Server, "__init__", remember)

    def wake_loop(site: object, stop: threading.Event) -> None:
        seen["woke"] = True
        seen["stopped"] = stop.wait(10)

    def ready(host: str, port: int) -> None:
        def ask() -> None:
            with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=5) as answer:
                seen["answer"] = answer.read()
                seen["server"] = answer.headers.get("server")
            running[0].should_exit = True

        threading.Thread(target=ask).start()

    thread = threading.Thread(
        target=lambda: server.serve(site, port=0, pin="off", wake_loop=wake_loop, ready=ready), daemon=True
    )
    thread.start()
    thread.join(15)
    assert not thread.is_alive()
    assert seen == {"woke": True, "stopped": True, "answer": b"ok", "server": None}
