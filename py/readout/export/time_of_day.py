"""When a frame was taken, by the clock on the wall: from what a file says, its name, or one frame that is known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from ..errors import ReadoutError, quoted
from ..video.sampling import file_of, series_of

IN_NAME = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>\d\d)[-_.]?(?P<day>\d\d)(?:[-_ .T]{0,3}|[ _]at[ _])"
    r"(?P<hour>[01]\d|2[0-3]|(?P<short>(?<=[ _T])\d(?=[-_.:h])))[-_.:h]?(?P<minute>[0-5]\d)"
    r"(?(short)[-_.:m]|[-_.:m]?)(?P<second>[0-5]\d)"
    r"(?:[-_.]?(?P<part>\d{3}))?(?!\d)(?:[\s_]?(?P<half>[AaPp])\.?[Mm](?![A-Za-z]))?"
)
"""IMG_20261123_141500.jpg, 2026-11-23 14.15.00.mp4, 20261123T141500123.png, Video 2026-11-23 at 2.15.00 PM.mov"""
STATED = re.compile(
    r"(?:(?P<date>(?:19|20)\d\d-\d\d-\d\d)[ T])?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>[0-5]\d(?:\.\d{1,6})?))?"
)
NO_DAY = date(5, 1, 1)
"""Of times whose day is not known."""
LONGEST = 366 * 86400.0
"""Seconds that a source may have run when its time is stated."""


@dataclass(frozen=True)
class TimesOfDay:
    """When frames were taken.

    starts: by file, when it was taken: of a clip its first frame. known: a media time in seconds and the time of day
    then, of the whole table, None where none is. firsts: by file, the media time of its first frame, else it is 0.
    """

    starts: Mapping[str, datetime]
    known: tuple[float, datetime] | None = None
    firsts: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of_names(
        cls,
        files: Sequence[str],
        said: Mapping[str, datetime] | None = None,
        firsts: Mapping[str, float] | None = None,
    ) -> "TimesOfDay":
        """By what files say themselves, else by their names. Raises ReadoutError where neither is known of any."""
        starts = {name: found for name in files if (found := (said or {}).get(name) or in_name(name))}
        if not starts:
            raise ReadoutError(
                f"no time of day is known: neither {files[0] if files else 'the source'} nor its name says one; "
                "state what one frame shows"
            )
        return cls(starts, firsts=firsts or {})

    @classmethod
    def stated(cls, text: str) -> "TimesOfDay":
        """From '14:15:00', when media time is 0, or '12.5=2026-11-23 14:15:00', when it is 12.5 s.

        Raises ReadoutError for anything else.
        """
        media, _, moment = text.rpartition("=")
        found = STATED.fullmatch(moment.strip())
        try:
            seconds = float(media or 0)
            if not found or not abs(seconds) < LONGEST:
                raise ValueError
            day = date.fromisoformat(found["date"]) if found["date"] else NO_DAY
            start = datetime.combine(day, time(int(found["hour"]), int(found["minute"])))
            return cls({}, (seconds, start + timedelta(seconds=float(found["second"] or 0))))
        except ValueError as error:
            raise ReadoutError(
                "a time of day is 14:15:00 or 2026-11-23 14:15:00, in 1900 to 2099, of the first frame, or with the "
                f"seconds of another one before it, 12.5=14:15:00, got {quoted(text)}: correct it"
            ) from error

    def of(self, frame: str, time_s: float | None) -> str:
        """In ISO 8601 to the millisecond, '14:15:00.250' where the day is not known; '' where the time is not."""
        if self.known:
            media, start = self.known
            return "" if time_s is None else _written(start + timedelta(seconds=time_s - media))
        file = file_of(frame)
        found, since = self.starts.get(file), 0.0
        if series_of(frame) and time_s is not None:  # a single picture says when it was itself taken
            since = time_s - self.firsts.get(file, 0.0)
        return _written(found + timedelta(seconds=since)) if found else ""


def in_name(name: str) -> datetime | None:
    """The date and time in a file's name, None where there is none that exists."""
    for found in IN_NAME.finditer(name):
        names = ("year", "month", "day", "hour", "minute", "second")
        year, month, day, hour, minute, second = (int(found[name]) for name in names)
        if found["half"] and hour <= 12:
            hour = hour % 12 + 12 * (found["half"] in "Pp")
        try:
            return datetime.combine(date(year, month, day), time(hour, minute, second, 1000 * int(found["part"] or 0)))
        except ValueError:  # a 13th month: a number that is no date
            continue
    return None


def _written(moment: datetime) -> str:
    text = moment.isoformat(timespec="milliseconds")
    return text if moment.year > NO_DAY.year + 2 else text[11:]
