"""A frame: its name, its size and, in a clip, its time."""

from typing import Any, NamedTuple


class Frame(NamedTuple):
    """One picture: its name, unique in a project, and its size in pixels. time_s: of a clip's frame, in seconds."""

    name: str
    width: int
    height: int
    time_s: float | None = None

    def fields(self) -> dict[str, Any]:
        """As JSON values: 'name', 'width', 'height', and 'time_s' where there is one."""
        return {name: value for name, value in self._asdict().items() if name != "time_s" or value is not None}
