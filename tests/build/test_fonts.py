"""Debian's font packages: unpacked once, and a reason given where that can't be done."""

import pytest

from tooling import fonts
from tooling.errors import BuildError
from tooling.fonts import debian_fonts


def put(folder, package, *names):
    for name in names:
        path = folder / package / "usr" / "share" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_what_is_there_is_not_fetched(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "_fetch", lambda *_: pytest.fail("fetched"))
    put(tmp_path, "fonts-b", "b.ttf", "README")
    put(tmp_path, "fonts-a", "z.otf", "a.TTF", "a.pfb")
    found = debian_fonts(["fonts-b", "fonts-a", "fonts-b"], tmp_path)
    assert [path.name for path in found] == ["a.TTF", "z.otf", "b.ttf"]


def test_a_package_without_fonts_is_named(tmp_path):
    put(tmp_path, "fonts-none", "README")
    with pytest.raises(BuildError, match="fonts-none holds none"):
        debian_fonts(["fonts-none"], tmp_path)


def test_a_machine_without_debians_tools_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts.shutil, "which", lambda _: None)
    with pytest.raises(BuildError, match="fonts-x .*apt-get, which is not there"):
        debian_fonts(["fonts-x"], tmp_path)


def test_a_failed_download_says_what_to_do_and_leaves_nothing(tmp_path, monkeypatch):
    commands = []

    def fail(title, command, **_):
        commands.append(command[:2])
        raise BuildError("no network")

    monkeypatch.setattr(fonts.shutil, "which", lambda name: name)
    monkeypatch.setattr(fonts.os, "geteuid", lambda: 0)
    monkeypatch.setattr(fonts, "run", fail)
    with pytest.raises(BuildError, match="no network"):
        debian_fonts(["fonts-x"], tmp_path)
    assert commands == [["apt-get", "download"], ["apt-get", "update"]]
    assert list(tmp_path.iterdir()) == []


def test_a_download_is_unpacked_into_its_packages_folder(tmp_path, monkeypatch):
    def pretend(title, command, *, cwd=None, **_):
        if command[0] == "apt-get":
            (cwd / "fonts-x_1_all.deb").write_bytes(b"")
        else:
            put(command[3].parent, command[3].name, "x.ttf")

    monkeypatch.setattr(fonts.shutil, "which", lambda name: name)
    monkeypatch.setattr(fonts, "run", pretend)
    assert [path.name for path in debian_fonts(["fonts-x"], tmp_path)] == ["x.ttf"]
    assert [path.name for path in tmp_path.iterdir()] == ["fonts-x"]
