"""Real server processes on one database: a published package reaches all of them with their next request.

Each server is `formwork serve` in a process of its own on a free port of the loopback; publishing is done by a further
process, as the operator of a machine does it. Every process that is started here is ended here.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.operations.site import Site, open_site
from tests.doors.visitors import Program, give_password

START_SECONDS = 60
RULE = """
  - id: whole_pallets
    add:
      kind: require
      each: lines
      that: line.quantity * 1 >= 10
      at: lines.quantity
      message: {zh: 每行至少十个单位, en: Every line needs ten units at least}
"""
FEW = {"supplier": "MILL", "place": "MAIN", "lines": [{"item": "FLOUR", "quantity": "5", "price": "1.25"}]}
POST = {**FEW, "_transition": "post"}


def formwork(*arguments: str) -> list[str]:
    """A command line of the product, run by this very Python."""
    return [sys.executable, "-c", "from engine.cli.main import main; main()", *arguments, "--language", "en"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(formwork(*arguments), capture_output=True, text=True, timeout=120, check=False)


class Server:
    """One `formwork serve`, waited for until it listens."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            formwork("serve", "--database", url, "--port", "0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self.clients: list[httpx.Client] = []
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._listening.wait(START_SECONDS), self.said
        assert self.process.poll() is None, self.said
        self.address = re.search(r"http://[\d.]+:\d+", "".join(self.said))[0]  # type: ignore[index]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "http://" in line:
                self._listening.set()
        self._listening.set()

    def program(self, login: str) -> Program:
        """A client of this server alone, signed in."""
        self.clients.append(httpx.Client(base_url=self.address, timeout=60))
        return Program(None, login, self.clients[-1])  # type: ignore[arg-type]

    def stop(self) -> int:
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def serving(url: str, count: int) -> Iterator[list[Server]]:
    """So many servers on one database, ended at the end whatever happens."""
    with ExitStack() as stack:
        servers: list[Server] = []
        for _ in range(count):
            server = Server(url)
            stack.callback(server.stop)
            servers.append(server)
        yield servers


@pytest.fixture
def site(furnished_url: str) -> Iterator[Site]:
    """The furnished site, for looking behind the servers."""
    opened = open_site(furnished_url)
    give_password(opened, "keeper")
    yield opened
    opened.close()


@pytest.fixture
def folders(site: Site, tmp_path: Path) -> tuple[Path, Path]:
    """The published food app as folders: as it is, and with one more rule."""
    for place in ("as_it_is", "stricter"):
        for layer in site.app().layers:
            for path, content in layer.files.items() if layer.name != "system" else ():
                file = tmp_path / place / layer.name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
    rules = tmp_path / "stricter" / "food" / "rules" / "goods_receipt.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").rstrip("\n") + "\n" + RULE, encoding="utf-8")
    return tmp_path / "as_it_is" / "food", tmp_path / "stricter" / "food"


def codes(answer: Any) -> set[str]:
    return {problem["code"] for problem in answer.json()["problems"]}


class Client(threading.Thread):
    """Posts the same receipt again and again until told to stop; remembers every answer."""

    def __init__(self, program: Program) -> None:
        super().__init__(daemon=True)
        self.program, self.answers = program, list[tuple[float, int, str]]()
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            answer = self.program.post("/d/goods_receipt", POST)
            self.answers.append((time.monotonic(), answer.status_code, answer.text))


def hammered(programs: list[Program], work: Callable[[], Any]) -> tuple[float, list[Client]]:
    """Do something while clients are at work at every server; gives when it was done, and the clients."""
    clients = [Client(program) for program in programs]
    for client in clients:
        client.start()
    try:
        work()
        done = time.monotonic()
        time.sleep(0.5)
    finally:
        for client in clients:
            client.stop.set()
        for client in clients:
            client.join(60)
    return done, clients


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_two_servers_follow_a_publication_without_a_restart(
    furnished_url: str, site: Site, folders: tuple[Path, Path]
) -> None:
    """The same receipt is accepted at both, refused at both by a new rule, accepted again; a draft keeps its package."""
    with serving(furnished_url, 2) as servers:
        programs = [server.program("keeper") for server in servers]
        before, (as_it_is, stricter) = site.app().digest, folders
        drafts = []
        for program in programs:
            assert program.post("/d/goods_receipt", POST).status_code == 201
            draft = program.post("/d/goods_receipt", FEW).json()
            assert program.read(f"/d/goods_receipt/{draft['id']}")["package"] == before
            drafts.append(draft["id"])

        published: list[subprocess.CompletedProcess[str]] = []
        publishing = lambda: published.append(run("publish", str(stricter), "--database", furnished_url))  # noqa: E731
        done, clients = hammered(programs, publishing)
        assert published[0].returncode == 0, published[0].stderr
        after = site.app().digest
        assert after != before
        assert after in published[0].stdout
        for client in clients:
            assert {status for _, status, _ in client.answers} == {201, 422}, client.answers[-1]
            verdicts = [status for _, status, _ in client.answers]
            assert verdicts == sorted(verdicts), "once the new rule holds it holds"
            assert [status for at, status, _ in client.answers if at > done + 0.2][-1] == 422
            assert all("RUL-501" in text for _, status, text in client.answers if status == 422)

        for program in programs:
            answer = program.post("/d/goods_receipt", POST)
            assert (answer.status_code, codes(answer)) == (422, {"RUL-501"})
            assert "Every line needs ten units" in answer.text or "每行至少十个单位" in answer.text
            new = program.post("/d/goods_receipt", {**FEW, "lines": [{"item": "FLOUR", "quantity": "10"}]}).json()
            assert program.read(f"/d/goods_receipt/{new['id']}")["package"] == after

        for program, draft in zip(programs, reversed(drafts), strict=True):  # each at the server that did not make it
            assert program.read(f"/d/goods_receipt/{draft}")["package"] == before
            posted = program.post(f"/d/goods_receipt/{draft}", {"_transition": "post"})
            assert posted.status_code == 200, posted.text
            opened = program.read(f"/d/goods_receipt/{draft}")
            assert (opened["state"], opened["package"]) == ("posted", before)
            why = program.read(f"/d/goods_receipt/{draft}/why")
            assert {chapter["package"] for chapter in why["chapters"]} == {before}

        assert run("publish", str(as_it_is), "--database", furnished_url).returncode == 0
        assert site.app().digest == before
        for server, program in zip(servers, programs, strict=True):
            assert program.post("/d/goods_receipt", POST).status_code == 201
            assert server.process.poll() is None, "nothing was started anew"
    assert {server.process.returncode for server in servers} <= {0, -signal.SIGTERM}, "they ended as they were told"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_one_server_has_a_sqlite_file_and_others_may_publish_beside_it(
    furnished_url: str, site: Site, folders: tuple[Path, Path]
) -> None:
    """A second server is refused in one line that names the first; the first goes on, and follows a publication."""
    before, (_, stricter) = site.app().digest, folders
    with serving(furnished_url, 1) as (server,):
        program = server.program("keeper")
        assert program.post("/d/goods_receipt", POST).status_code == 201
        draft = program.post("/d/goods_receipt", FEW).json()["id"]

        second = run("serve", "--database", furnished_url, "--port", "0")
        assert second.returncode != 0
        lines = [line for line in (second.stdout + second.stderr).splitlines() if line.strip()]
        assert len(lines) == 1, lines
        assert re.search(rf"\b{server.process.pid}\b", lines[0]), lines
        assert "[STO-112]" in lines[0]
        assert "Traceback" not in second.stderr
        assert server.process.poll() is None

        published = run("publish", str(stricter), "--database", furnished_url)
        assert published.returncode == 0, published.stderr
        after = site.app().digest
        assert after != before
        answer = program.post("/d/goods_receipt", POST)
        assert (answer.status_code, codes(answer)) == (422, {"RUL-501"})
        assert program.read(f"/d/goods_receipt/{draft}")["package"] == before
        assert program.post(f"/d/goods_receipt/{draft}", {"_transition": "post"}).status_code == 200
        assert server.process.poll() is None
    assert server.process.returncode in {0, -signal.SIGTERM}
    with serving(furnished_url, 1) as (server,):
        assert server.program("keeper").read("/d/goods_receipt")["total"] == 2, "the file is free again"
