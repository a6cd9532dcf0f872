"""What is known to be vulnerable is listed; what a registry does not answer is called unknown, never good."""

import json
import sys
from pathlib import Path

import pytest

from tooling import audit
from tooling.npm import Node
from tooling.venv import Venv

posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in programs are shell scripts")
VULNERABLE = {
    "vulnerabilities": {
        "tar": {"severity": "high", "range": "<6.2", "via": [{"title": "Writes outside of its folder"}]},
        "npm": {"severity": "low", "range": "*", "via": ["tar"]},
    }
}


def program(path, output, status=0, errors=""):
    answer = path.with_suffix(".json")
    answer.write_text(output, encoding="utf-8")
    path.write_text(f"#!/bin/sh\necho '{errors}' >&2\ncat {answer}\nexit {status}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def npm_answer(tmp_path, *args, **options):
    lock = {"packages": {"": {}, "node_modules/tar": {}, "node_modules/npm": {}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    tool = program(tmp_path / "npm", *args, **options)
    return audit.npm_answer(tmp_path, Node(Path("node"), (str(tool),)))


def pip_answer(tmp_path, *args, **options):
    (tmp_path / "x.txt").write_text("# list\na==1 \\\n    --hash=sha256:00\nb==2\n", encoding="utf-8")
    venv = Venv(tmp_path)
    venv.python = program(tmp_path / "python", *args, **options)
    return audit.pip_answer(venv, "x", tmp_path / "x.txt")


@posix
def test_npm_s_findings_are_lines(tmp_path):
    answer = npm_answer(tmp_path, json.dumps(VULNERABLE), status=1)
    assert answer == audit.Answer(
        "npm audit", 2, ("npm *, low: by what it needs", "tar <6.2, high: Writes outside of its folder")
    )


@posix
@pytest.mark.parametrize("output", ["", '{"message": "405 Method Not Allowed", "error": {}}', "<html>"])
def test_npm_without_an_answer_is_a_failure(tmp_path, output):
    answer = npm_answer(tmp_path, output, status=1, errors="audit endpoint returned an error")
    assert answer.failure == "audit endpoint returned an error" and not answer.found


@posix
def test_pip_audit_s_findings_are_lines(tmp_path):
    found = [
        {
            "name": "a",
            "version": "1",
            "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}, {"id": "X", "fix_versions": []}],
        },
        {"name": "b", "version": "2", "vulns": []},
    ]
    answer = pip_answer(tmp_path, json.dumps({"dependencies": found}), status=1)
    assert answer == audit.Answer("pip-audit (x)", 2, ("a 1: CVE-1, mended in 1.1", "a 1: X, mended in no version"))


@posix
def test_packages_that_the_index_does_not_know_are_no_clean_answer(tmp_path):
    unknown = [{"name": name, "skip_reason": "not found"} for name in "abcde"]
    answer = pip_answer(tmp_path, json.dumps({"dependencies": unknown}))
    assert answer.failure == "It does not know 5: a, b, c, …."


@posix
def test_a_client_s_words_are_bounded(tmp_path):
    answer = pip_answer(tmp_path, "", status=1, errors="x" * 10_000)
    assert len(answer.failure) == audit.LAST_WORDS


@pytest.mark.parametrize(
    ("answers", "status", "word"),
    [
        ([audit.Answer("a", 3)], 0, "none     a: 3 packages"),
        ([audit.Answer("a", 3, ("tar",)), audit.Answer("b", 1)], audit.FOUND, "found    a: 1 in 3 packages\n  - tar"),
        ([audit.Answer("a", 3, failure="No network.")], audit.UNKNOWN, "connect to the network"),
        ([audit.Answer("a", 3, failure="No."), audit.Answer("b", 1, ("tar",))], audit.UNKNOWN, "  - tar"),
        ([audit.Answer("a", 3, ("tar",), "It does not know 1: b.")], audit.UNKNOWN, "  - tar"),
    ],
)
def test_the_status_says_whether_all_is_known_and_good(answers, status, word, capsys):
    assert audit.report(answers) == status
    assert word in capsys.readouterr().out
