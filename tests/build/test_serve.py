"""The server: right types, sub-paths, nothing outside its folder, clear failures."""

import http.client
import socket
import threading
from pathlib import Path

import pytest

from tooling.errors import BuildError
from tooling.serve import HOST, serve

FILES = {
    "index.html": "text/html",
    "app.js": "text/javascript",
    "pyodide/pyodide.mjs": "text/javascript",
    "ort/runtime.wasm": "application/wasm",
    "models/net.onnx": "application/octet-stream",
    "models/net.json": "application/json",
    "py/readout-1-py3-none-any.whl": "application/octet-stream",
    "data/demo.zip": "application/octet-stream",
    "data/frames/a.png": "image/png",
    "data/clip.webm": "video/webm",
    "data/clip.csv": "text/csv",
    "style.css": "text/css",
    "no-ending": "application/octet-stream",
}


@pytest.fixture
def folder(tmp_path):
    site = tmp_path / "site"
    for name in FILES:
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return site


def get(server, path, headers=None):
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


NEWER = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
"""What a browser says that has a newer file."""


@pytest.mark.parametrize("offline", [False, True])
def test_the_service_worker_is_handed_out_only_when_asked_for(folder, offline):
    (folder / "sw.js").write_text("keep", encoding="utf-8")
    with serve(folder, prefix="/some/", offline=offline) as server:
        status, headers, body = get(server, "/some/sw.js", {} if offline else NEWER)
    assert (status, headers["Content-Type"]) == (200, "text/javascript")
    assert (body == b"keep") == offline and (b"unregister" in body) != offline


def test_a_developer_s_browser_asks_again_for_what_it_has(folder):
    """Without a word a browser takes what rarely changes for unchanged; an address with a hash never changes."""
    with serve(folder) as server:
        assert get(server, "/index.html")[1]["Cache-Control"] == "no-cache"
        assert "Cache-Control" not in get(server, "/app.js?v=1")[1]
    with serve(folder, offline=True) as server:
        assert "Cache-Control" not in get(server, "/index.html")[1]


@pytest.mark.parametrize("prefix", ["/", "/some/sub/path/", "readout"])
def test_files_have_their_type_below_the_prefix(folder, prefix):
    with serve(folder, prefix=prefix) as server:
        for name, kind in FILES.items():
            status, headers, body = get(server, f"{server.prefix}{name}?v=1")
            assert (status, headers["Content-Type"], body) == (200, kind, name.encode())
        assert get(server, server.prefix)[2] == b"index.html"
        assert server.url == f"http://127.0.0.1:{server.port}{server.prefix}"
        assert set(headers) == {"Server", "Date", "Content-type", "Content-Length", "Last-Modified"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/index.html",
        "/sub",
        "/other/index.html",
        "/sub/missing.js",
        "/sub/data/",
        "/sub/../../secret.txt",
        "/sub/%2e%2e/secret.txt",
        "/sub//../secret.txt",
        "/subindex.html",
    ],
)
def test_nothing_else_is_served(folder, path):
    with serve(folder, prefix="/sub/") as server:
        assert get(server, path)[0] == 404


def test_many_files_are_served_at_once(folder):
    with serve(folder) as server:
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(get(server, "/app.js")[0])) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 20


def test_a_closed_server_answers_nobody_and_frees_its_port(folder):
    with serve(folder) as server:
        kept = http.client.HTTPConnection(HOST, server.port, timeout=5)
        kept.request("GET", "/app.js")
        kept.getresponse().read()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        kept.request("GET", "/app.js")
        kept.getresponse()
    kept.close()
    with serve(folder, port=server.port) as again:
        assert get(again, "/app.js")[0] == 200


def test_a_client_that_leaves_early_is_no_error(folder, capsys):
    (folder / "large.bin").write_bytes(bytes(8_000_000))
    with serve(folder) as server:
        with socket.create_connection((HOST, server.port)) as client:
            client.sendall(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(1000)
        assert get(server, "/app.js")[0] == 200
    assert capsys.readouterr() == ("", "")


def test_a_taken_port_says_what_to_do(folder):
    with (
        serve(folder) as server,
        pytest.raises(BuildError, match=f"port {server.port} on 127.0.0.1 is taken: name another with --port N"),
    ):
        serve(folder, port=server.port)


def test_a_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(BuildError, match="it is missing: run `python build.py` first"):
        serve(Path(tmp_path / "dist"))
