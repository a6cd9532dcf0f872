"""Programs that some tests need: Firefox and WebKitGTK for the page, an MQTT broker for `readout watch`."""

import os
import shutil

from tooling import debian
from tooling.venv import Venv

PROGRAMS = {
    "READOUT_FIREFOX": {"firefox-esr": "firefox-esr"},
    "READOUT_WEBKIT": {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"},
    "READOUT_MOSQUITTO": {"mosquitto": "mosquitto"},
}
"""By the variable that names a program: that program and what else it needs, each with Debian's package."""
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
"""Where servers lie beside the PATH."""


def provide(venv: Venv) -> dict[str, str]:
    """The paths of programs, by their variables: from the PATH, or by Debian's packages when this is root on Debian.

    One that is not there is left out: its tests are skipped then, and say so; where $CI is set they fail. Raises
    BuildError where Debian's packages cannot be installed.
    """
    found: dict[str, str] = {}
    for variable, needed in PROGRAMS.items():
        for name, package in needed.items():
            if _which(name) is None and debian.is_root():
                debian.install(package, venv)
        paths = [_which(name) for name in needed]
        if all(paths):
            found[variable] = paths[0]
    return found


def _which(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS]))
