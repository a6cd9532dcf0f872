#!/usr/bin/env python3
"""Builds Readout's page, serves it, and runs the tests and the benchmarks.

    python build.py                       make dist/, a static site
    python build.py --serve               … and open it in the browser
    python build.py --check [names]       run the checks, or those named; builds nothing
    python build.py --test [names]        build, and run all tests, or those of the folders of tests/ that are named
    python build.py --bench [names]       … and run the benchmarks
    python build.py --audit               ask the registries for known vulnerabilities of what is pinned

Each does its own set-up inside this folder: .venv, node_modules and .cache. A second run does
nothing twice and needs no network.
"""

import argparse
import itertools
import os
import subprocess
import sys
import webbrowser
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python is asked to run
    sys.exit("build.py needs Python 3.11 or later, this is {}.{}: run it with a newer one".format(*sys.version_info))

from tooling import audit, checks, chromium, constants, dist, npm, programs
from tooling.errors import BuildError
from tooling.serve import serve
from tooling.steps import say
from tooling.venv import Venv

ROOT = Path(__file__).resolve().parent
DEFAULT_PORT = 8420
SHARED_OUT = ("-n", "3", "--dist", "loadgroup")
"""pytest's options for three processes, as browsers leave cores idle; tests/conftest.py says what goes into which."""


def main(arguments: list[str]) -> int:
    """Do what the command line says. Returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a console that lacks a character shows a question mark
    options, rest = parse(arguments)
    venv = Venv(ROOT)
    try:
        constants.write_constants(ROOT)
        if options.check:
            return check(venv, rest)
        if options.audit:
            return audit_parts(venv)
        if options.test:
            rest = chosen_tests(rest)
        folder = dist.build(ROOT, venv, options.pyodide_mirror)
        if options.test:
            return test(venv, rest)
        if options.bench:
            return bench(venv, rest)
        if options.serve:
            show(folder, options.port, not options.no_open, options.offline)
        return 0
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Options, and what is left for pytest or the benchmarks."""
    parser = argparse.ArgumentParser(
        prog="build.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--serve", action="store_true", help="build, then serve dist/ on 127.0.0.1")
    what.add_argument("--check", action="store_true", help="run the checks, or those named")
    what.add_argument("--test", action="store_true", help="build, then run all tests, or: core, page, site, …")
    what.add_argument("--bench", action="store_true", help="build, then run benchmarks/*.py, or those named")
    what.add_argument("--audit", action="store_true", help="ask the registries for known vulnerabilities")
    parser.add_argument("--port", type=port, help=f"port for --serve (default {DEFAULT_PORT}, 0: any free one)")
    parser.add_argument("--offline", action="store_true", help="with --serve: let the page keep itself for offline use")
    parser.add_argument("--no-open", action="store_true", help="with --serve: don't open the browser")
    parser.add_argument("--pyodide-mirror", metavar="URL", type=web_address, help="folder with Pyodide's packages")
    options, rest = parser.parse_known_args(arguments)
    if rest and not (options.check or options.test or options.bench):
        parser.error(f"unknown: {' '.join(rest)}")
    if not options.serve and (options.no_open or options.offline or options.port is not None):
        parser.error("--port, --offline and --no-open go with --serve: add it")
    return options, rest


def port(text: str) -> int:
    """A TCP port, for argparse."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def web_address(text: str) -> str:
    """The address of a folder on a web server, for argparse."""
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"a mirror's address begins with http:// or https://, not {text!r}")
    return text


def show(folder: Path, port: int | None, browser: bool, offline: bool) -> None:
    """Serve the site until Ctrl-C."""
    with serve(folder, DEFAULT_PORT if port is None else port, offline=offline) as server:
        say(f"Readout is at {server.url}   (Ctrl-C ends it)")
        try:
            if browser and _has_screen():
                webbrowser.open(server.url)
            server.wait()
        except KeyboardInterrupt:
            say("")


def check(venv: Venv, names: list[str]) -> int:
    """Run the checks, or those named, in the environment. Returns the exit status."""
    chosen = checks.named(names)
    venv.create()
    node = npm.install_packages(ROOT, venv)
    venv.install_checks()
    return checks.run(ROOT, venv, node, chosen)


def audit_parts(venv: Venv) -> int:
    """Ask npm's and Python's registries for known vulnerabilities. Returns the exit status."""
    venv.create()
    node = npm.install_packages(ROOT, venv)
    venv.install("supply", title="Installing pip-audit")
    return audit.audit(ROOT, venv, node)


def test(venv: Venv, arguments: list[str]) -> int:
    """Run pytest in the environment, in three processes unless there is another -n. Returns its exit status."""
    environment = _test_environment(venv)
    venv.install_checks()  # which have tests of their own
    return _run(venv, ["-m", "pytest", *SHARED_OUT, *arguments], environment)


def chosen_tests(arguments: list[str]) -> list[str]:
    """The arguments of `--test` for pytest: the words that they begin with name folders of tests/, or are paths.

    Raises BuildError for a word that is neither.
    """
    folders = sorted(path.name for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py")))
    words = list(itertools.takewhile(lambda argument: not argument.startswith("-"), arguments))
    paths = [f"tests/{word}" if word in folders else word for word in words]
    unknown = [path for path in paths if not (ROOT / path.split("::")[0]).exists()]
    if unknown:
        raise BuildError(f"no such tests: {', '.join(unknown)}; there are: {', '.join(folders)}, or give a path")
    return paths + arguments[len(words) :]


def bench(venv: Venv, arguments: list[str]) -> int:
    """Run the benchmarks, or those named; arguments with a dash go to each. Returns the worst status."""
    scripts = [path.stem for path in sorted((ROOT / "benchmarks").glob("[!_]*.py"))]
    names = [argument for argument in arguments if not argument.startswith("-")]
    unknown = [name for name in names if name not in scripts]
    if unknown or not scripts:
        raise BuildError(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(scripts) or 'none'}")
    environment = _test_environment(venv)
    passed = [argument for argument in arguments if argument.startswith("-")]
    worst = 0
    for name in names or scripts:
        say(f"benchmarks/{name}.py")
        worst = max(worst, abs(_run(venv, ["-m", f"benchmarks.{name}", *passed], environment)))
    return worst


def _test_environment(venv: Venv) -> dict[str, str]:
    venv.create()
    npm.install_packages(ROOT, venv)
    venv.install_tests()
    browser = chromium.provide(venv)
    say(f"Chromium is {browser}")
    others = programs.provide(venv)
    for variable in programs.PROGRAMS:
        say(f"{variable} is {others.get(variable, 'not here: the tests that need it are skipped')}")
    # The matrices are small: on a busy machine the threads of OpenBLAS mostly wait for each other.
    return {"OPENBLAS_NUM_THREADS": "1", chromium.VARIABLE: str(browser), **others, **os.environ}


def _run(venv: Venv, arguments: list[str], environment: dict[str, str]) -> int:
    return subprocess.run([venv.python, *arguments], cwd=ROOT, env=environment).returncode


def _has_screen() -> bool:
    """False on a Linux without a display, where webbrowser would start a text browser here."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
