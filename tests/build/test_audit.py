"""Both clients are asked for all that is pinned; what is vulnerable or unknown is never called good."""

import sys
from pathlib import Path

import pytest

from tooling import audit
from tooling.npm import Node
from tooling.venv import FOLDER, Venv

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in programs are shell scripts")


def program(path, fails_for):
    path.write_text(f'#!/bin/sh\necho "$*" >> calls\ncase "$*" in {fails_for}) exit 1;; esac\n', encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("fails_for", "failed"),
    [
        ("nothing", None),
        ("audit", "npm audit"),
        ("*test.txt", "pip-audit of test.txt"),
        ("*wheels.txt", "pip-audit of shipped-wheels.txt"),
    ],
)
def test_each_list_is_asked_and_a_client_that_fails_is_named(tmp_path, capsys, fails_for, failed):
    client = program(tmp_path / "client", fails_for)
    venv = Venv(tmp_path)
    venv.python = client
    venv.logs.mkdir(parents=True)
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "test.txt").write_text("a==1\n", encoding="utf-8")
    assert audit.audit(tmp_path, venv, Node(Path("node"), (str(client),))) == (failed is not None)
    asked = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert [line.split("/")[-1] for line in asked] == ["audit", "shipped-wheels.txt", "test.txt"]
    assert all("--strict" in line for line in asked[1:])
    assert "numpy==2.0.2\n" in (venv.logs / "shipped-wheels.txt").read_text(encoding="utf-8")
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(f"as said above: {failed}" if failed else "test.txt …")
