"""Firefox and WebKitGTK by the protocols that they speak themselves: WebDriver BiDi, and classic WebDriver."""

import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from websocket import create_connection

from tests.page.scripts import Scripts

JS = Scripts("engines.js")
PATIENCE_S = 300
SIZE = 1440, 900
STARTS, START_S = 5, 30
"""How often WebKit's driver is started until it begins a session, and how long one start may take."""
QUIET = (
    'user_pref("services.settings.server", "data:,");',
    'user_pref("media.gmp-manager.updateEnabled", false);',
    'user_pref("media.gmp-provider.enabled", false);',
)
"""What keeps Firefox itself from asking for its own settings and parts."""


class Outside:
    """A proxy that lets nothing through and keeps what it is asked for: `asked`, as "METHOD address"."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def refuse(self) -> None:
                asked.append(f"{self.command} {self.path}")
                self.send_error(502)

            do_GET = do_HEAD = do_POST = do_OPTIONS = do_CONNECT = refuse

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Engine(ABC):
    """A browser with one tab; all that isn't on this machine is asked of `outside`."""

    def __init__(self, outside: Outside):
        self.outside = outside
        self._parts = contextlib.ExitStack()

    @abstractmethod
    def open(self, address: str) -> None:
        """Go to an address and wait until its scripts have run."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page again."""

    @abstractmethod
    def files(self, selector: str, paths: list[Path]) -> None:
        """Choose files in the first field that a CSS selector matches."""

    @abstractmethod
    def act(self, *sources: dict) -> None:
        """Input sources of WebDriver, with their actions."""

    @abstractmethod
    def evaluate(self, expression: str) -> str:
        """The text that an expression's promise resolves to."""

    def close(self) -> None:
        """End it."""
        self._parts.close()

    def run(self, function: str, *given: object) -> Any:
        """What a function of the page returns or resolves to, as JSON takes it."""
        call = ", ".join(json.dumps(each) for each in given)
        return json.loads(self.evaluate(f"(async () => JSON.stringify((await ({function})({call})) ?? null))()"))

    def wait(self, function: str, *given: object, patience: float = PATIENCE_S) -> Any:
        """What a function of the page returns, as soon as that is something."""
        end = time.monotonic() + patience
        while True:
            found = self.run(function, *given)
            if found:
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"{function[-300:]} with {given} gives {found!r}; {self.run(JS.seen)[:2000]}")
            time.sleep(0.2)

    def click(self, name: str) -> None:
        """Click what can be pressed and has this name, once that is there."""
        self.wait(JS.press, name)

    def says(self, *words: str) -> None:
        """Wait until all these words are seen on the page."""
        self.wait(JS.says, words)

    def drag(self, *points: tuple[float, float]) -> None:
        """Press the mouse at the first point, move it over the others, let go at the last."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 50} for x, y in points]
        press, let_go = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self.act({"type": "pointer", "id": "mouse", "actions": [moves[0], press, *moves[1:], let_go]})

    def key(self, value: str) -> None:
        """Press a key."""
        self.act({"type": "key", "id": "keys", "actions": [{"type": t, "value": value} for t in ("keyDown", "keyUp")]})


class Firefox(Engine):
    """Debian's firefox-esr, without a window."""

    def __init__(self, outside: Outside):
        super().__init__(outside)
        profile = self._parts.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        Path(profile, "user.js").write_text("\n".join(QUIET), encoding="utf-8")
        command = [
            os.environ["READOUT_FIREFOX"],
            "--headless",
            "--no-remote",
            "--profile",
            profile,
            "--remote-debugging-port",
            "0",
        ]
        process = subprocess.Popen(
            [*command, "about:blank"],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"},
        )
        self._parts.callback(process.wait)
        self._parts.callback(process.kill)
        said = iter(process.stderr.readline, b"")
        address = next(found[1] for line in said if (found := re.search(rb"BiDi listening on (ws://\S+)", line)))
        Thread(target=_drain, args=(process.stderr,), daemon=True).start()
        self._connection = create_connection(f"{address.decode()}/session", timeout=PATIENCE_S, suppress_origin=True)
        self._parts.callback(self._connection.close)
        self._sent = 0
        proxy = {"proxyType": "manual", "httpProxy": outside.address, "sslProxy": outside.address}
        self._send("session.new", {"capabilities": {"alwaysMatch": {"proxy": proxy}}})
        self._tab = self._send("browsingContext.getTree", {})["contexts"][0]["context"]
        viewport = {"width": SIZE[0], "height": SIZE[1]}
        self._send("browsingContext.setViewport", {"context": self._tab, "viewport": viewport})

    def open(self, address: str) -> None:
        self._send("browsingContext.navigate", {"context": self._tab, "url": address, "wait": "complete"})

    def reload(self) -> None:
        self._send("browsingContext.reload", {"context": self._tab, "wait": "complete"})

    def files(self, selector: str, paths: list[Path]) -> None:
        locator = {"type": "css", "value": selector}
        found = self._send("browsingContext.locateNodes", {"context": self._tab, "locator": locator})["nodes"][0]
        element = {"sharedId": found["sharedId"]}
        self._send("input.setFiles", {"context": self._tab, "element": element, "files": [str(path) for path in paths]})

    def act(self, *sources: dict) -> None:
        self._send("input.performActions", {"context": self._tab, "actions": list(sources)})

    def evaluate(self, expression: str) -> str:
        asked = {"expression": expression, "target": {"context": self._tab}, "awaitPromise": True}
        answer = self._send("script.evaluate", {**asked, "userActivation": True})
        if answer["type"] != "success":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"]["value"]

    def _send(self, method: str, params: dict) -> dict:
        self._sent += 1
        self._connection.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        while (reply := json.loads(self._connection.recv())).get("id") != self._sent:
            pass
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}: {reply['message']}")
        return reply["result"]


def _drain(pipe: BinaryIO) -> None:
    """Read what a process says to its end: a full pipe would stop it. Closed here, not while this thread reads."""
    with pipe:
        for _ in pipe:
            pass


class WebKit(Engine):
    """Debian's webkit2gtk-driver and its browser, in the C locale, on a screen of their own."""

    def __init__(self, outside: Outside):
        super().__init__(outside)
        reading, writing = os.pipe()
        screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._parts.callback(screen.wait)
        self._parts.callback(screen.terminate)
        os.close(writing)
        with open(reading) as display:
            number = display.readline().strip()
        home = self._parts.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        own = {"DISPLAY": f":{number}", "LC_ALL": "C", "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home}
        browser = str(next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")))
        proxy = {"proxyType": "manual", "httpProxy": outside.address, "sslProxy": outside.address}
        asked = {
            "webkitgtk:browserOptions": {"binary": browser, "args": ["--automation"]},
            "proxy": {**proxy, "noProxy": ["127.0.0.1"]},
            "timeouts": {"script": PATIENCE_S * 1000, "pageLoad": PATIENCE_S * 1000},
        }
        for left in reversed(range(STARTS)):
            try:
                self._start({**os.environ, **own}, {"capabilities": {"alwaysMatch": asked}})
                break
            except TimeoutError:
                if not left:
                    raise
        self._parts.callback(self._send, "DELETE", "")
        self._send("POST", "/window/rect", {"x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]})

    def _start(self, env: dict, asked: dict) -> None:
        """Have a driver begin a session; of some attempts in ten, Debian's never begins its browser nor answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        driver = subprocess.Popen([os.environ["READOUT_WEBKIT"], f"--port={port}"], env=env, stderr=subprocess.DEVNULL)
        self._parts.callback(driver.wait)
        self._parts.callback(driver.terminate)
        self._address = f"http://127.0.0.1:{port}/session"
        for wait_s in (0.1, 0.3, 1, 3, 10, 0):
            with contextlib.suppress(URLError):
                self._address += "/" + self._send("POST", "", asked, START_S)["sessionId"]
                return
            time.sleep(wait_s)
        raise TimeoutError("the driver does not listen")

    def open(self, address: str) -> None:
        self._send("POST", "/url", {"url": address})

    def reload(self) -> None:
        self._send("POST", "/refresh", {})

    def files(self, selector: str, paths: list[Path]) -> None:
        [element] = self._send("POST", "/element", {"using": "css selector", "value": selector}).values()
        self._send("POST", f"/element/{element}/value", {"text": "\n".join(map(str, paths))})

    def act(self, *sources: dict) -> None:
        self._send("POST", "/actions", {"actions": list(sources)})

    def evaluate(self, expression: str) -> str:
        answered = "(text) => done([text, null]), (error) => done([null, `${error}`])"
        script = f"const done = arguments[0];\n{expression}.then({answered});"
        text, error = self._send("POST", "/execute/async", {"script": script, "args": []})
        if error:
            raise RuntimeError(error)
        return text

    def _send(self, method: str, path: str, body: dict | None = None, patience: float = PATIENCE_S) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=patience) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            with error:
                raise RuntimeError(f"{method} {path}: {error.read(2000).decode()}") from None


ENGINES = {"firefox": (Firefox, "READOUT_FIREFOX"), "webkit": (WebKit, "READOUT_WEBKIT")}
"""By name: the engine, and the variable that names its program where there is one."""
