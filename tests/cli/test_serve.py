"""`formwork serve`: what it hands on to the web server, and how it ends."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

import pytest

from engine.cli.main import run
from engine.cli.serve import free_port, run_server
from engine.language.problems import Refused


class Site:
    """As much of a site as starting a server looks at."""

    class App:
        name = "food"

    database = None

    def app(self) -> App:
        return self.App()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the web server was started with."""
    seen: dict[str, Any] = {}

    def serve_site(_site: object, host: str, port: int, *, ready: Callable[[str, int], None], **more: Any) -> None:
        seen.update(more, host=host)
        ready(host, port)

    monkeypatch.setattr("engine.cli.serve.serve_site", serve_site)
    monkeypatch.setattr("engine.cli.serve.hold_server_lock", lambda _database: None)
    return seen


def test_by_default_no_proxy_is_believed(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    run_server(Site(), "127.0.0.1", 0)  # type: ignore[arg-type]
    assert (served["trusted_proxy"], served["pin"]) == (None, "auto")
    assert "http://127.0.0.1:0/" in capsys.readouterr().err


def test_proxy_and_core_are_handed_on(served: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class Opened:
        def __enter__(self) -> Site:
            return Site()

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr("engine.cli.serve.opened", lambda _database: Opened())
    assert run(["serve", "--port", "0", "--trusted-proxy", "10.0.0.1", "--no-pin"]) == 0
    assert (served["trusted_proxy"], served["pin"]) == ("10.0.0.1", "off")


def test_stopping_it_as_told_is_no_mistake(
    served: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.cli.serve.serve_site", stopped)
    run_server(Site(), "127.0.0.1", 0)  # type: ignore[arg-type]
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "CLI-104"),
        (OSError(errno.EACCES, "not allowed"), "CLI-104"),
        (OSError(errno.EADDRNOTAVAIL, "not here"), "CLI-118"),
        (socket.gaierror(-2, "unknown"), "CLI-118"),
    ],
)
def test_a_wrong_address_is_not_called_a_taken_port(
    failure: OSError, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(Refused) as refusal:
        free_port("shop", 80)
    assert [problem.code for problem in refusal.value.problems] == [code]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMWORK_LANGUAGE", "en")
