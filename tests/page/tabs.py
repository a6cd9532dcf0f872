"""Chromium by its own protocol, with real tabs in one window: Playwright keeps every page of its own visible."""

import json
import os
import subprocess


class Tabs:
    """A Chromium of which the tab opened last is in front and the others are hidden."""

    def __init__(self, program: str, profile: str):
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
        ]

        def connect():
            pair = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(pair[0], 3)
            os.dup2(pair[1], 4)

        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(
            [program, *arguments, "about:blank"], preexec_fn=connect, close_fds=False, **quiet
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._sent, self._rest = 0, b""

    def open(self, address: str) -> str:
        """A new tab, in front. Returns what `run` calls it."""
        target = self._send("Target.createTarget", {"url": address})["targetId"]
        return self._send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]

    def run(self, tab: str, script: str):
        """The value of an expression in a tab, of a promise what it resolves to."""
        answer = self._send(
            "Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True}, tab
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def _send(self, method, params, session=None):
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                news = os.read(self._in, 1 << 16)
                if not news:
                    raise RuntimeError("Chromium has ended")
                self._rest += news
            one, self._rest = self._rest.split(b"\0", 1)
            reply = json.loads(one)
            if reply.get("id") == self._sent:
                if "error" in reply:
                    raise RuntimeError(reply["error"])
                return reply["result"]
