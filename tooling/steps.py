"""Steps of the set-up: run a command with progress, and remember what is already done."""

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

from tooling.errors import BuildError

TICK_S = 10
LAST_LINES = 25


def say(text: str) -> None:
    """Print one line of progress at once, also where the output is a pipe."""
    print(text, flush=True)


def digest(*parts: object) -> str:
    """Sha256 of the JSON of the parts; of a Path part, its name and its bytes count."""
    described = [
        [part.name, hashlib.sha256(part.read_bytes()).hexdigest()] if isinstance(part, Path) else part for part in parts
    ]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()


class Stamp:
    """A small file that says for which inputs a step was done.

    It lies inside the folder that the step fills, so that deleting the folder deletes the stamp.
    """

    def __init__(self, path: Path, inputs: str):
        self.path = path
        self.inputs = inputs

    def is_fresh(self) -> bool:
        try:
            return self.path.read_text(encoding="utf-8") == self.inputs
        except OSError:
            return False

    def write(self) -> None:
        self.path.write_text(self.inputs, encoding="utf-8")


def run(
    title: str,
    command: list[str | Path],
    *,
    log: Path,
    next_step: str,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> None:
    """Run one long command, with its output in `log` and a line of progress every ten seconds.

    `env` holds variables to add to this process's own. Raises BuildError with the end of the
    output and `next_step` when the command can't be started or fails.
    """
    say(f"{title} …")
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(env or {})},
            )
            status = _wait(process, started)
    except OSError as error:
        raise BuildError(f"{title}: {command[0]} can't be started ({error}). {next_step}") from error
    seconds = time.monotonic() - started
    if status != 0:
        end = "\n".join(f"  | {line}" for line in _last_lines(log))
        raise BuildError(
            f"{title}: the command ended with status {status} after {seconds:.0f} s. {next_step}\n"
            f"{end}\nAll of its output is in {log}"
        )
    say(f"  done in {seconds:.0f} s")


def _wait(process: subprocess.Popen, started: float) -> int:
    try:
        while True:
            try:
                return process.wait(timeout=TICK_S)
            except subprocess.TimeoutExpired:
                say(f"  … {time.monotonic() - started:.0f} s")
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _last_lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
