"""Each confirmed value that is another than before, sent to an address as JSON, in order, until it is taken."""

import json
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Sequence
from http.client import HTTPException
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

from .. import __version__
from ..errors import ReadoutError
from .board import Board, Confirmed
from .frame_reader import FrameReadings
from .source_frame import SourceFrame, Tell
from .stream import shown_name

MOST_WAITING = 1000
"""Events that wait; of more the oldest are given up."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Before an event is sent again: twice as long each time."""
PATIENCE_S = 10.0
LAST_S = 5.0
"""At the end what waits is sent for so long."""
WORTH_ANOTHER_TRY = (408, 425, 429)
"""Of the statuses from 400 to 499; what is refused with another one would be refused again. RFC 9110, 15.5."""


class Webhook:
    """Posts events from a thread of its own. key: the value of a header, "" for none; it is never shown.

    Raises ReadoutError for what is no address.
    """

    def __init__(
        self,
        url: str,
        board: Board,
        tell: Tell,
        header: str = "Authorization",
        key: str = "",
        first_wait_s: float = FIRST_WAIT_S,
    ):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ReadoutError(f"a webhook is http://… or https://…, got {url[:60]!r}: correct it")
        if parts.username or parts.password:
            raise ReadoutError("a webhook's key goes into a header, not into its address: see --webhook-header")
        self._url, self._name, self._board, self._tell = url, shown_name(url), board, tell
        self._headers = {"Content-Type": "application/json", "User-Agent": f"Readout/{__version__}"}
        if key:
            self._headers[header] = key
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._first_wait_s, self._failing, self._closing = first_wait_s, False, False
        self._waiting: deque[Confirmed] = deque()
        self._news = Condition()
        self._thread = Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def take(self, frame: SourceFrame, read: FrameReadings, changes: Sequence[Confirmed]) -> None:
        """Send what is confirmed now and was not before."""
        if not changes:
            return
        with self._news:
            for change in changes:
                if len(self._waiting) >= MOST_WAITING:
                    self._waiting.popleft()
                    self._board.count("webhook_lost_total")
                    self._tell(f"more than {MOST_WAITING} events wait for {self._name}: the oldest are given up")
                self._waiting.append(change)
            self._board.gauge("webhook_waiting", len(self._waiting))
            self._news.notify_all()

    def close(self) -> None:
        """Send what waits, for LAST_S at most."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._thread.join(LAST_S)
        if self._waiting:
            self._tell(f"{len(self._waiting)} events could not be sent to {self._name}: they are in the CSV alone")

    def _send_all(self) -> None:
        wait = self._first_wait_s
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                event = self._waiting[0]
            why, again = self._send(event)
            with self._news:
                if not (why and again) and self._waiting and self._waiting[0] is event:
                    self._waiting.popleft()
                self._board.gauge("webhook_waiting", len(self._waiting))
                if why and again:
                    self._news.wait_for(lambda: self._closing, wait)
                    if self._closing and wait >= LAST_S:
                        return
            wait = min(2 * wait, LONGEST_WAIT_S) if why and again else self._first_wait_s

    def _send(self, event: Confirmed) -> tuple[str, bool]:
        """Send an event. Returns why it was not taken, "" where it was, and whether to try again."""
        body = json.dumps({"event": "value", "source": self._board.source, **event.fields()}, allow_nan=False)
        request = urllib.request.Request(self._url, body.encode(), self._headers, method="POST")
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                answer.read(1024)
            why, again = "", False
        except urllib.error.HTTPError as error:
            error.close()
            why, again = f"it answers {error.code}", error.code >= 500 or error.code in WORTH_ANOTHER_TRY
        except (OSError, HTTPException, ValueError) as error:
            reason: Any = getattr(error, "reason", error)
            why, again = str(getattr(reason, "strerror", None) or reason or type(error).__name__)[:200], True
        if not why:
            self._board.count("webhook_sent_total")
            if self._failing:
                self._tell(f"{self._name} takes events again")
            self._failing = False
            return "", False
        self._failing = True
        self._board.count("webhook_failed_total")
        if again:
            self._tell(f"{self._name} takes no event ({why}): it is tried until it does")
        else:
            self._board.count("webhook_lost_total")
            self._tell(f"{self._name} refuses an event ({why}), which is given up: check the address and the key")
        return why, again


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A key goes to the address that was given and to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
