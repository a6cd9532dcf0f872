"""What `readout watch` is told."""

import argparse
import re
from pathlib import Path

from .arguments import step, window
from .meanings import add_meanings

CHANGE, ROWS = "change", ("change", "frame")
LOOPBACK = "127.0.0.1"
WEBHOOK_KEY, MQTT_PASSWORD = "READOUT_WEBHOOK_KEY", "READOUT_MQTT_PASSWORD"
"""Environment variables for what may be in no list of processes."""
EVERY = {"seconds": 0.5}
FROZEN_S = 60.0
"""No camera that works sends the same picture to the last bit for so long."""


def add_watch(command: argparse.ArgumentParser) -> None:
    """SOURCE, where its numbers are, and where they go."""
    command.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder that grows, a picture that is written anew, a clip, a camera (/dev/video0) or a stream "
        "(rtsp://…, http://…)",
    )
    command.add_argument("--project", type=Path, metavar="FILE.readout.zip", help="what the page saved")
    command.add_argument(
        "--window",
        type=window,
        action="append",
        metavar="X,Y,W,H",
        help="without a project: read the number in this part of the frame, in pixels; again for another number",
    )
    command.add_argument(
        "--every", type=step, default=EVERY, metavar="Ns", help="read a frame every N seconds (default: 0.5s)"
    )
    command.add_argument(
        "--frozen",
        type=seconds,
        default=FROZEN_S,
        metavar="Ns",
        help="a stream whose picture stays the same to the last bit for so long is taken to hang, and read no more "
        f"until it changes (default: {FROZEN_S:g}s); 0s for a screen, which may stand still",
    )
    command.add_argument("--new-only", action="store_true", help="do not read the files that a folder holds already")
    table = command.add_argument_group("the table")
    table.add_argument("--out", type=Path, metavar="FILE.csv", help="rows are added to this file, none is overwritten")
    table.add_argument("--rows", choices=ROWS, default=CHANGE, help="what there is a row for (default: each change)")
    serve = command.add_argument_group("over HTTP")
    serve.add_argument("--serve", type=port, metavar="PORT", help="give values at /json, /events, /metrics and /")
    serve.add_argument("--bind", default=LOOPBACK, metavar="ADDRESS", help=f"listen there (default: {LOOPBACK})")
    send = command.add_argument_group("to others")
    send.add_argument("--webhook", metavar="URL", help="post each confirmed value there as JSON when it changes")
    send.add_argument(
        "--webhook-header",
        default="Authorization",
        metavar="NAME",
        help=f"the header for the key in the environment variable {WEBHOOK_KEY} (default: Authorization)",
    )
    send.add_argument(
        "--mqtt",
        metavar="URL",
        help=f"publish values at mqtt://user@host:port/topic, the password in {MQTT_PASSWORD}; mqtts for TLS",
    )
    add_meanings(command)


def seconds(text: str) -> float:
    """A time such as 60s, from 0 on."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)s", text)
    if not found:
        raise argparse.ArgumentTypeError(f"a time is a number of seconds with an s, got {text[:20]!r}: give 60s")
    return float(found[1])


def port(text: str) -> int:
    """A TCP port, 0 for any that is free."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, got {text[:20]!r}: give 8421")
    return int(text)
