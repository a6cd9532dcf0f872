"""The command line of build.py: what it accepts, and how it ends."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tooling.errors import BuildError
from tooling.serve import serve
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]


@pytest.fixture
def build(monkeypatch, tmp_path):
    """build.py as a module, in a folder of its own, with a dist that is already made."""
    spec = importlib.util.spec_from_file_location("build_command", ROOT / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/index.html").write_text("hello", encoding="utf-8")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module.constants, "write_constants", lambda root: None)
    monkeypatch.setattr(module.dist, "build", lambda root, venv, mirror: tmp_path / "dist")
    monkeypatch.setattr(module, "_test_environment", lambda venv: {"READOUT_CHROMIUM": "/chromium"})
    monkeypatch.setattr(Venv, "install_checks", lambda venv: None)
    return module


@pytest.mark.parametrize(
    ("arguments", "rest"),
    [
        (["--test"], []),
        (["--test", "tests/core", "-k", "head", "-x", "-q"], ["tests/core", "-k", "head", "-x", "-q"]),
        (["--test", "--pyodide-mirror", "https://mirror/", "--lf"], ["--lf"]),
        (["--check", "ruff", "mypy"], ["ruff", "mypy"]),
        (["--bench", "startup", "--json"], ["startup", "--json"]),
        (["--serve", "--port", "0", "--no-open"], []),
        ([], []),
    ],
)
def test_what_is_left_goes_on(build, arguments, rest):
    assert build.parse(arguments)[1] == rest


WRONG = {
    "--serve --port 70000": "a port is a number from 0 to 65535, not '70000'",
    "--serve --port web": "a port is a number from 0 to 65535, not 'web'",
    "--pyodide-mirror mirror/": "begins with http:// or https://, not 'mirror/'",
    "--port 8000": "--port, --offline and --no-open go with --serve: add it",
    "--no-open": "--port, --offline and --no-open go with --serve: add it",
    "--serve --test": "not allowed with",
    "--check --test": "not allowed with",
    "tests/core": "unknown: tests/core",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_command_line_is_explained(build, capsys, line):
    with pytest.raises(SystemExit) as end:
        build.main(line.split())
    assert end.value.code == 2
    assert WRONG[line] in capsys.readouterr().err


def test_an_error_is_one_message_and_status_1(build, monkeypatch, capsys):
    def fail(root, venv, mirror):
        raise BuildError("site/main.js is missing: restore it")

    monkeypatch.setattr(build.dist, "build", fail)
    assert build.main([]) == 1
    assert capsys.readouterr().err == "build.py: site/main.js is missing: restore it\n"


def test_an_interrupt_ends_quietly(build, monkeypatch, capsys):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(build.dist, "build", interrupt)
    assert build.main([]) == 130
    assert capsys.readouterr().err == "\nstopped\n"


def test_serving_prints_the_address_opens_it_and_ends_with_an_interrupt(build, monkeypatch, capsys):
    def interrupt(server):
        raise KeyboardInterrupt

    opened = []
    monkeypatch.setattr("tooling.serve.Server.wait", interrupt)
    monkeypatch.setattr(build.webbrowser, "open", opened.append)
    monkeypatch.setattr(build, "_has_screen", lambda: True)
    assert build.main(["--serve", "--port", "0"]) == 0
    assert build.main(["--serve", "--port", "0", "--no-open"]) == 0
    assert len(opened) == 1
    output = capsys.readouterr()
    assert f"Readout is at {opened[0]}" in output.out and output.err == ""


def test_a_taken_port_is_an_error(build, tmp_path, capsys):
    with serve(tmp_path / "dist") as server:
        assert build.main(["--serve", "--port", str(server.port), "--no-open"]) == 1
    assert f"port {server.port} on 127.0.0.1 is taken: name another" in capsys.readouterr().err


@pytest.mark.parametrize("status", [0, 1, 5])
def test_the_status_of_pytest_is_returned(build, monkeypatch, status):
    commands = []

    def run(command, cwd, env):
        commands.append((command, env["READOUT_CHROMIUM"]))
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(build.subprocess, "run", run)
    assert build.main(["--test", "-k", "head"]) == status
    shared_out = ["-n", "3", "--dist", "loadgroup"]
    assert commands == [([Venv(build.ROOT).python, "-m", "pytest", *shared_out, "-k", "head"], "/chromium")]


def test_words_after_test_are_folders_of_tests(build):
    for name in ("core", "page"):
        (build.ROOT / "tests" / name).mkdir(parents=True)
        (build.ROOT / "tests" / name / "test_one.py").touch()
    (build.ROOT / "tests/cases").mkdir()
    assert build.chosen_tests(["core", "page", "-x", "-k", "head"]) == ["tests/core", "tests/page", "-x", "-k", "head"]
    assert build.chosen_tests(["tests/core/test_one.py::test_a", "-q"]) == ["tests/core/test_one.py::test_a", "-q"]
    assert build.chosen_tests(["-k", "cases"]) == ["-k", "cases"]
    with pytest.raises(BuildError, match="no such tests: cases, pages; there are: core, page, or give a path"):
        build.chosen_tests(["core", "cases", "pages"])


def test_checks_are_run_and_nothing_is_built(build, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(build.dist, "build", lambda *_: pytest.fail("it was built"))
    monkeypatch.setattr(build.constants, "write_constants", lambda root: asked.append("constants"))
    monkeypatch.setattr(Venv, "create", lambda venv: asked.append("venv"))
    monkeypatch.setattr(Venv, "install_checks", lambda venv: asked.append("checks"))
    monkeypatch.setattr(build.npm, "install_packages", lambda root, venv: asked.append("packages"))
    monkeypatch.setattr(build.checks, "run", lambda root, venv, node, chosen: len(chosen))
    assert build.main(["--check", "ruff", "eslint"]) == 2
    assert asked == ["constants", "venv", "packages", "checks"]
    assert build.main(["--check", "lint"]) == 1
    assert capsys.readouterr().err.startswith("build.py: no such check: lint; there are: ruff, format")


def test_benchmarks_are_run_in_order_and_can_be_chosen(build, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(Venv, "__init__", lambda self, root: setattr(self, "python", sys.executable))
    for name, status in (("startup", 0), ("accuracy", 3), ("_shared", 9)):
        script = f"import os, sys; print('ran', {name!r}, sys.argv[1:]); sys.exit({status})"
        (tmp_path / f"benchmarks/{name}.py").write_text(script, encoding="utf-8")
    assert build.main(["--bench"]) == 3
    out = capfd.readouterr().out
    assert out.index("ran accuracy []") < out.index("ran startup []") and "_shared" not in out
    assert build.main(["--bench", "startup", "--json"]) == 0
    assert "ran startup ['--json']" in capfd.readouterr().out
    assert build.main(["--bench", "speed"]) == 1
    assert "no such benchmark: speed; there are: accuracy, startup" in capfd.readouterr().err
