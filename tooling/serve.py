"""A plain static server on 127.0.0.1, for `--serve` and for the tests of the page."""

import contextlib
import errno
import os
import socket
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import parse_qs, urlsplit

from tooling.errors import BuildError

HOST = "127.0.0.1"
TYPES = {
    "": "application/octet-stream",
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".onnx": "application/octet-stream",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/octet-stream",
    ".zip": "application/octet-stream",
}


SERVICE_WORKER = "sw.js"
RETIRED = Path(__file__).with_name("retired_worker.js")


class SiteHandler(SimpleHTTPRequestHandler):
    """Serves the files of one folder below the server's prefix, and nothing else: no folder lists.

    Without `offline` the service worker is one that removes itself, and any before it with all that it kept: what is
    built next is what is seen next.
    """

    protocol_version = "HTTP/1.1"
    extensions_map = TYPES

    def send_head(self) -> BinaryIO | None:
        if not urlsplit(self.path).path.startswith(self.server.prefix):
            self.send_error(404, "File not found")
            return None
        if self._is_retired(self.path):
            del self.headers["If-Modified-Since"]  # asked of the worker that it replaces, which may be newer
        return super().send_head()

    def _is_retired(self, path: str) -> bool:
        return not self.server.offline and urlsplit(path).path == self.server.prefix + SERVICE_WORKER

    def translate_path(self, path: str) -> str:
        if self._is_retired(path):
            return str(RETIRED)
        return super().translate_path("/" + urlsplit(path).path.removeprefix(self.server.prefix))

    def end_headers(self) -> None:
        asked = parse_qs(urlsplit(getattr(self, "path", "")).query)  # there is none where the request is no HTTP
        if not self.server.offline and "v" not in asked:  # else a browser takes what rarely changed for unchanged
            self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def list_directory(self, path: str) -> None:
        self.send_error(404, "File not found")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a page asks for a hundred files."""


class Server(ThreadingHTTPServer):
    """A running server; leaving its `with` block stops it. `url` is the address of index.html."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # on Windows it would let two servers share a port

    def __init__(self, directory: Path, port: int, prefix: str, handler: type[SiteHandler], offline: bool):
        self.offline = offline
        self.prefix = "/" + prefix.strip("/") + "/" if prefix.strip("/") else "/"
        super().__init__((HOST, port), lambda *request: handler(*request, directory=str(directory)))
        self.port: int = self.server_address[1]
        self.url = f"http://{HOST}:{self.port}{self.prefix}"
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering, also on connections that a browser keeps open, and free the port."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wait(self) -> None:
        """Go on serving until the process is interrupted."""
        while self._thread.is_alive():
            self._thread.join(timeout=1)

    def process_request(self, request: socket.socket, client_address: object) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def serve(
    directory: Path, port: int = 0, prefix: str = "/", handler: type[SiteHandler] = SiteHandler, offline: bool = False
) -> Server:
    """Serve `directory` at http://127.0.0.1:port/prefix/ in a thread; port 0 takes a free one.

    offline: let the page keep itself with its service worker, as it does on any other server.

    Raises BuildError when the folder is missing or the port can't be had.
    """
    if not Path(directory).is_dir():
        raise BuildError(f"{directory} must be a folder to serve it, it is missing: run `python build.py` first")
    try:
        return Server(Path(directory), port, prefix, handler, offline)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BuildError(
                f"port {port} on {HOST} is taken: name another with --port N, or --port 0 for any free one"
            ) from error
        raise BuildError(f"port {port} on {HOST} can't be had ({error}): name another with --port N") from error
