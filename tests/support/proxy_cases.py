"""A way to a tracking server that drops, refuses, hangs, loses answers and counts."""

from __future__ import annotations

import http.client
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.pool_cases import PATIENCE_S
from support.server_cases import environment, running

#: What the way does with a request: hand it on, or one of these.
DROP, HANG, LOSE_ANSWER = -1, -2, -3


@contextmanager
def mlflow_server(folder: Path, port: int, *words: str, **settings: str) -> Iterator[str]:
    """Give the address of a server whose store and artifacts are in ``folder``."""
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"),
        *("--serve-artifacts", "--artifacts-destination", str(folder / "artifacts"), *words),
    ]
    uri = f"http://127.0.0.1:{port}"
    with running(command, f"{uri}/health", folder, environment(**settings)):
        yield uri


@dataclass
class Way:
    """A proxy to a server: ``decide`` is asked for each request, by method and path.

    It returns None to hand it on, a status to answer with, or DROP, HANG, LOSE_ANSWER (the server
    gets it, the client no answer). seen: what was handed on, ``POST runs/create``.
    """

    port: int
    decide: Callable[[str, str], int | None] = lambda method, path: None
    seen: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def calls(self, *ends: str) -> int:
        """Return how many requests whose path ends so were handed on."""
        return sum(call.endswith(ends) for call in self.seen)


@contextmanager
def open_way(port: int) -> Iterator[tuple[str, Way]]:
    """Give the address of a proxy to the server at ``port``, and the proxy."""
    way = Way(port)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            path = self.path.split("?")[0]
            name = path.partition("/mlflow/")[2] or path
            what = way.decide(self.command, name)
            if what == HANG:
                way.stopped.wait(PATIENCE_S)
            if what in (DROP, HANG):
                self.close_connection = True
                return
            if what is not None and what >= 100:
                self.answer(what, b'{"error_code": "INTERNAL_ERROR", "message": "on purpose"}', {})
                return
            way.seen.append(f"{self.command} {name}")
            onward = http.client.HTTPConnection("127.0.0.1", way.port, timeout=PATIENCE_S)
            try:
                onward.request(self.command, self.path, body, dict(self.headers))
                reply = onward.getresponse()
                content, status, headers = reply.read(), reply.status, dict(reply.getheaders())
            except OSError:
                self.close_connection = True
                return
            finally:
                onward.close()
            if what == LOSE_ANSWER:
                self.close_connection = True
                return
            self.answer(status, content, headers)

        def answer(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815 - the base's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", way
    finally:
        way.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
