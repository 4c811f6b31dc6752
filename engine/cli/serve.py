"""`formwork serve`: the web application of one site."""

from __future__ import annotations

import errno
import socket
from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.speak import LanguageOption, note, refuse
from engine.operations.site import Site
from engine.storage.database import hold_server_lock
from engine.web.server import serve as serve_site

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on")]
PortOption = Annotated[
    int, typer.Option("--port", "-p", min=0, max=65535, help="Port to listen on; 0 takes a free one")
]

NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def serve(
    database: DatabaseOption = DEFAULT_DATABASE,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    trusted_proxy: Annotated[
        str | None,
        typer.Option(
            "--trusted-proxy",
            metavar="ADDRESS",
            help="Proxy whose X-Forwarded headers are believed, such as 127.0.0.1; default: none",
            show_default=False,
        ),
    ] = None,
    pin: Annotated[
        bool,
        typer.Option("--pin/--no-pin", help="Keep to one core, which is faster; --no-pin leaves it to the system"),
    ] = True,
    chosen: LanguageOption = None,
) -> None:
    """Serve the published app of a database until interrupted. 启动网站。

    Example: formwork serve --database sqlite:///var/formwork.db --port 8000
    """
    del chosen
    with opened(database) as site:
        run_server(site, host, port, trusted_proxy=trusted_proxy, pin=pin)


def run_server(site: Site, host: str, port: int, *, trusted_proxy: str | None = None, pin: bool = True) -> None:
    """Serve a site; refused at once when nothing is published, another server has the file, or the port is taken."""

    title = site.app().name
    free_port(host, port)
    lock = hold_server_lock(site.database)
    try:
        serve_site(
            site,
            host,
            port,
            pin="auto" if pin else "off",
            trusted_proxy=trusted_proxy,
            ready=lambda at, on: note(
                f"{title}：http://{at}:{on}/ （Ctrl-C 停止）", f"{title}: http://{at}:{on}/ (Ctrl-C stops it)"
            ),
        )
    except KeyboardInterrupt:  # what people were told stops it: no mistake
        note("已停止", "stopped")
    finally:
        if lock is not None:
            lock.release()


def free_port(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on, before anything is begun."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (socket.gaierror, UnicodeError):
        refuse("CLI-118", host=host)
    except OSError as error:
        if error.errno in NO_SUCH_ADDRESS:
            refuse("CLI-118", host=host)
        refuse("CLI-104", host=host, port=port)
