"""Another process that works on the same site: it does what it is told on its input and prints every answer.

    python -m tests.operations.remote ADDRESS INSTANT PERSON

Each line of the input is a JSON list of submissions, done at the same moment, each in a thread of its own. For each a
line of JSON is printed once it is answered: its `key` with `id`, `number`, `state`, `version` and `replayed`, or with
`refused` (code → parameters as text), or with `error` for anything that must never get out.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

from engine.access.actor import Actor
from engine.language.problems import Refused
from engine.operations.people import actor_of
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.submit import Submission, submit

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0


class Remote:
    """The test's end of such a process."""

    def __init__(self, address: str, now: datetime, person: str) -> None:
        command = [sys.executable, "-m", "tests.operations.remote", address, now.isoformat(), person]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._rest = b""

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ask(self, submissions: Sequence[Mapping[str, Any]]) -> None:
        """Hand over submissions that are to be done at the same moment."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(submissions).encode() + b"\n")
        self.process.stdin.flush()

    def answers(self) -> Iterator[dict[str, Any]]:
        """The answers as they come; ends when the process ends."""
        assert self.process.stdout is not None
        while True:
            line, end, rest = self._rest.partition(b"\n")
            if end:
                self._rest = rest
                yield json.loads(line)
                continue
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            assert ready, "the other process says nothing"
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                return
            self._rest += more

    def kill(self) -> None:
        """End the process as a loss of power would (SIGKILL); what it has printed can still be read."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()


def main(address: str, now: str, person: str) -> None:
    """Do what the input says until it ends."""
    site = open_site(address, clock=Clock(datetime.fromisoformat(now)))
    with site.reading() as (connection, running):
        actor = actor_of(connection, running, person, site.clock())
    assert actor is not None
    say({"ready": True})
    with ThreadPoolExecutor(8) as threads:
        for line in sys.stdin:
            asked = json.loads(line)
            start = Barrier(len(asked))
            list(threads.map(lambda each, start=start: answer(site, actor, each, start), asked))


def answer(site: Site, actor: Actor, asked: Mapping[str, Any], start: Barrier) -> None:
    """Do one submission and say what came of it."""
    start.wait(PATIENCE)
    try:
        done = submit(site, actor, Submission(**asked))
    except Refused as refused:
        told = {
            problem.code: {name: str(each) for name, each in problem.parameters.items()} for problem in refused.problems
        }
        say({"key": asked["key"], "refused": told})
    except Exception as error:  # noqa: BLE001 - the test wants to see what must not happen
        say({"key": asked["key"], "error": repr(error)})
    else:
        names = ("id", "number", "state", "version", "replayed")
        say({"key": asked["key"], **{name: getattr(done, name) for name in names}})


def say(answer: Mapping[str, Any]) -> None:
    """One line of output in one piece, so that a kill never leaves half of it and threads do not mix theirs."""
    os.write(1, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
