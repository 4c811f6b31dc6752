"""Serve one site with uvicorn: pinned to a core, with the wake loop beside it, draining when it is told to stop.

Pinning is no trifle. A worker's threads share one interpreter lock; on two cores they fight for it and each request
costs three to four times the processor time. More cores are used by more processes, each on its own core.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import IO, Any, Literal

import uvicorn
from anyio import to_thread
from starlette.applications import Starlette

from engine.operations.site import Site
from engine.operations.wake import run_loop
from engine.web.app import build_app

THREADS = 15
STOP_SECONDS = 20
WAKE_STOP_SECONDS = 10
QUOTA = Path("/sys/fs/cgroup/cpu.max")

logger = logging.getLogger("formwork.web")
WakeLoop = Callable[[Site, threading.Event], None]


def serve(
    site: Site,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    pin: Literal["auto", "off"] = "auto",
    most_connections: int = 200,
    trusted_proxy: str | None = None,
    wake_loop: WakeLoop = run_loop,
    ready: Callable[[str, int], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; requests that are under way are finished first (at most 20 seconds).

    `trusted_proxy` is the address whose X-Forwarded-* headers are believed; without it none are. `ready(host, port)`
    is called once the socket listens (port 0 takes a free one).
    """
    application = build_app(site, background=lambda app: _beside(app, site, wake_loop))
    server = _Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            timeout_graceful_shutdown=STOP_SECONDS,
            limit_concurrency=most_connections,
            server_header=False,
            access_log=False,
            log_level="warning",
            proxy_headers=trusted_proxy is not None,
            forwarded_allow_ips=trusted_proxy,
            lifespan="on",
        ),
        ready,
    )
    with pinned(pin):
        server.run()


class _Server(uvicorn.Server):
    """Tells its caller when, and on which port, it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str, int], None] | None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self._ready is not None and self.started:
            address = self.servers[0].sockets[0].getsockname()
            self._ready(self.config.host, address[1])


@asynccontextmanager
async def _beside(app: Starlette, site: Site, wake_loop: WakeLoop) -> AsyncIterator[None]:
    """While the application serves: as many threads as the database has connections, and the wake loop."""
    del app
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    stop = threading.Event()
    loop = threading.Thread(target=wake_loop, args=(site, stop), name="formwork-wake", daemon=True)
    loop.start()
    try:
        yield
    finally:
        stop.set()
        await to_thread.run_sync(loop.join, WAKE_STOP_SECONDS)
        if loop.is_alive():
            logger.warning("the wake loop did not stop within %d s", WAKE_STOP_SECONDS)


@contextmanager
def pinned(pin: Literal["auto", "off"]) -> Iterator[int | None]:
    """Keep this process on one core that no other process of ours holds; gives the core, or None when not pinned.

    Off when asked, when only one core is allowed anyway, under a quota below one core, and where every core is taken.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if pin == "off" or len(cores) < 2 or quota_cores(QUOTA) < 1:
        yield None
        return
    for core in cores:
        held = _hold(core)
        if held is not None:
            try:
                os.sched_setaffinity(0, {core})
                yield core
            finally:
                os.sched_setaffinity(0, cores)
                held.close()
            return
    yield None


def _hold(core: int) -> IO[str] | None:
    """A lock on a core, dropped by the system when the process ends in any way."""
    path = Path(gettempdir()) / f"formwork-{os.getuid()}-core-{core}.lock"
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def quota_cores(file: Path) -> int:
    """How many whole cores the control group grants; a thousand where there is no quota."""
    try:
        quota, _, period = file.read_text(encoding="ascii").partition(" ")
    except OSError:
        return 1000
    return int(quota) // int(period) if quota.isdigit() and period.strip().isdigit() else 1000
