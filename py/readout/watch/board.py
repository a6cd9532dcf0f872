"""What is shown to others: of each readout the confirmed value, held until another one is confirmed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Condition
from typing import Any

VERSION = 1
"""Of what `snapshot` gives."""


@dataclass(frozen=True)
class Confirmed:
    """A confirmed reading. at: when it was confirmed last, since: when first, both UTC; clock: as `at`, monotonic."""

    readout: str
    text: str
    value: float | None
    confidence: float
    frame: str
    since: datetime
    at: datetime
    clock: float

    def fields(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "readout": self.readout,
            "text": self.text,
            "value": self.value,
            "confidence": round(self.confidence, 4),
            "frame": self.frame,
            "since": written(self.since),
            "confirmed_at": written(self.at),
        }


@dataclass(frozen=True)
class _Latest:
    """The last reading, whether it is confirmed or not. fields: as `Live.read` gives them."""

    fields: Mapping[str, Any]
    clock: float


class Board:
    """The state of one run, for threads that read it while frames come.

    source: its name. counts: of what happened, by name, for `/metrics`. version: another one whenever something that is
    shown has changed, ages aside.
    """

    def __init__(self, source: str, clock: Callable[[], float] = time.monotonic):
        self.source, self._clock = source, clock
        self.version = 0
        self._news = Condition()
        self._confirmed: dict[str, Confirmed] = {}
        self._latest: dict[str, _Latest] = {}
        self._order: list[str] = []
        self._up, self._problem, self._frames, self._frame_clock = False, "", 0, clock()
        self._counts: dict[str, float] = {}

    def take(self, frame: str, readings: Sequence[Mapping[str, Any]]) -> list[Confirmed]:
        """Take the readings of a frame, as `Live.read` gives them. Returns what is confirmed and was not before."""
        now, clock, changes = datetime.now(UTC), self._clock(), []
        with self._news:
            changed = not self._up or bool(self._problem)
            self._up, self._problem, self._frame_clock = True, "", clock
            self._frames += 1
            self._order = [reading["readout"] for reading in readings]
            for reading in readings:
                name = reading["readout"]
                before = self._latest.get(name)
                changed |= before is None or _shown(before.fields) != _shown(reading)
                self._latest[name] = _Latest(reading, clock)
                if reading["confirmed"]:
                    held = self._confirmed.get(name)
                    same = held is not None and (held.text, held.value) == (reading["text"], reading["value"])
                    found = Confirmed(
                        name, reading["text"], reading["value"], reading["confidence"], frame, now, now, clock
                    )
                    self._confirmed[name] = replace(found, since=held.since) if held and same else found
                    if not same:
                        changes.append(found)
            if changed or changes:
                self._changed()
        return changes

    def down(self, problem: str) -> None:
        """Know that no frame can be read at present, and why."""
        with self._news:
            if self._up or self._problem != problem:
                self._up, self._problem = False, problem
                self._changed()

    def count(self, name: str, more: float = 1) -> None:
        """Count something that happened."""
        with self._news:
            self._counts[name] = self._counts.get(name, 0) + more

    def gauge(self, name: str, value: float) -> None:
        """Know how much there is of something."""
        with self._news:
            self._counts[name] = value

    @property
    def counts(self) -> dict[str, float]:
        """What was counted."""
        with self._news:
            return dict(self._counts)

    def confirmed(self) -> list[Confirmed]:
        """What is held now, of each readout."""
        with self._news:
            return list(self._confirmed.values())

    def wait(self, version: int, timeout_s: float) -> int:
        """Wait until there is another version than this one, or for so long. Returns the one that there is."""
        with self._news:
            self._news.wait_for(lambda: self.version != version, timeout_s)
            return self.version

    def wake(self) -> None:
        """Let all that wait go on."""
        with self._news:
            self._changed()

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON values; see docs/watch.md."""
        with self._news:
            now = self._clock()
            return {
                "version": VERSION,
                "source": self.source,
                "time": written(datetime.now(UTC)),
                "reading": self._up,
                "problem": self._problem,
                "frames": self._frames,
                "frame_age_s": round(now - self._frame_clock, 3) if self._frames else None,
                "readouts": [self._readout(name, now) for name in self._order],
            }

    def _readout(self, name: str, now: float) -> dict[str, Any]:
        held, latest = self._confirmed.get(name), self._latest[name]
        sure = latest.fields["confidence"]
        empty = {"readout": name, **dict.fromkeys(("text", "value", "confidence", "frame", "since", "confirmed_at"))}
        return {
            **(held.fields() if held else empty),
            "age_s": round(now - held.clock, 3) if held else None,
            "flags": list(latest.fields["flags"]),
            "latest": {
                **{key: latest.fields[key] for key in ("text", "value", "note", "flags", "confirmed")},
                "confidence": None if sure is None else round(sure, 4),
                "age_s": round(now - latest.clock, 3),
            },
        }

    def _changed(self) -> None:
        self.version += 1
        self._news.notify_all()


def written(moment: datetime) -> str:
    """A moment as ISO 8601, to the millisecond, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(reading: Mapping[str, Any]) -> tuple[Any, ...]:
    return reading["text"], reading["value"], reading["confirmed"], tuple(reading["flags"])
