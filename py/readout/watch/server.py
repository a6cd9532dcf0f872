"""The values over HTTP: as JSON, as server-sent events, for Prometheus, and as a small page. It takes no commands."""

import json
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import BoundedSemaphore, Thread
from urllib.parse import urlsplit

from ..errors import ReadoutError
from .board import Board
from .metrics import metrics

LOOPBACK = "127.0.0.1"
MOST_CONNECTIONS = 32
"""At the same time; others are told to come again."""
HEARTBEAT_S = 15.0
"""Between events at most, so that a connection that is gone is noticed."""
IDLE_S = 30.0
"""A connection that sends no whole request for so long is closed."""
FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"


class Server:
    """Serves a board in threads of its own. port: 0 for any that is free. address: where it listens.

    Raises ReadoutError where it cannot listen there.
    """

    def __init__(self, board: Board, port: int, address: str = LOOPBACK):
        try:
            self._http = _Http(board, port, address)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise ReadoutError(f"nothing can be served at {address}, port {port} ({why}): choose another") from error
        self.address, self.port = address, int(self._http.server_address[1])
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where its page is."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}/"

    def close(self) -> None:
        """Listen no more."""
        self._http.end()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, board: Board, port: int, address: str):
        self.board, self.closing = board, False
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.places = BoundedSemaphore(MOST_CONNECTIONS)
        self.only_here = _is_loopback(address)
        super().__init__((address, port), _Handler)

    def end(self) -> None:
        """Listen no more, and let those go that wait for events."""
        self.closing = True
        self.board.wake()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor that goes away in the middle is no error of this program."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    timeout = IDLE_S
    protocol_version = "HTTP/1.0"
    server_version, sys_version = "Readout", ""

    def do_GET(self) -> None:
        if not self.server.places.acquire(blocking=False):
            self._answer("too many connections: come again\n", status=HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self._get()
        finally:
            self.server.places.release()

    do_HEAD = do_GET

    def _get(self) -> None:
        path, board = urlsplit(self.path).path, self.server.board
        if self.server.only_here and not _names_this_machine(self.headers.get("Host", "")):
            # A web site whose name leads here would else read the values in a visitor's browser (DNS rebinding).
            self._answer("only localhost is answered here\n", status=HTTPStatus.FORBIDDEN)
        elif path == "/json":
            self._answer(_encoded(board), "application/json")
        elif path == "/metrics":
            self._answer(metrics(board), "text/plain; version=0.0.4; charset=utf-8")
        elif path == "/events":
            self._events()
        elif path in FILES:
            name, kind = FILES[path]
            self._answer(Path(__file__).with_name(name).read_text(encoding="utf-8"), kind)
        else:
            self._answer("there are /, /json, /events and /metrics\n", status=HTTPStatus.NOT_FOUND)

    def _answer(self, text: str, kind: str = "text/plain; charset=utf-8", status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode()
        self._head(kind, status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _events(self) -> None:
        """The state at once, and again whenever it has changed."""
        self._head("text/event-stream", HTTPStatus.OK)
        self.end_headers()
        board, version = self.server.board, -1
        while self.command != "HEAD" and not self.server.closing:
            now = board.wait(version, HEARTBEAT_S)
            event = ": still here\n\n" if now == version else f"id: {now}\nevent: values\ndata: {_encoded(board)}\n\n"
            version = now
            self.wfile.write(event.encode())
            self.wfile.flush()

    def _head(self, kind: str, status: HTTPStatus) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items():
            self.send_header(name, value)

    def log_message(self, format: str, *arguments: object) -> None:
        """Visits are not written down."""


def _encoded(board: Board) -> str:
    return json.dumps(board.snapshot(), ensure_ascii=False, allow_nan=False)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _names_this_machine(host: str) -> bool:
    """Whether a Host header names localhost, with a port or without."""
    return _is_loopback(urlsplit(f"//{host}").hostname or "")
