"""An MQTT broker for the tests of `readout watch`."""

import os
import shutil
from pathlib import Path

from tooling import debian
from tooling.venv import Venv

VARIABLE = "READOUT_MOSQUITTO"
PLACES = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")


def provide(venv: Venv) -> Path | None:
    """The path of a Mosquitto: $READOUT_MOSQUITTO, the usual places, or Debian's package when this is root on Debian.

    None where there is none: its tests are skipped then, and say so. Raises BuildError where Debian's cannot be
    installed.
    """
    found = _installed()
    if found is None and debian.is_root():
        debian.install("mosquitto", venv)
        found = _installed()
    return found


def _installed() -> Path | None:
    asked = (os.environ.get(VARIABLE), shutil.which("mosquitto"), *PLACES)
    return next((Path(path) for path in asked if path and Path(path).is_file()), None)
