"""What pip installs: built from the checkout, installed where no checkout is, and run there."""

import email
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from readout.errors import pip_install
from tests.environments import create_environment, run
from tooling.wheel import SOURCE_DATE_EPOCH, project_version

ROOT = Path(__file__).resolve().parents[2]
NAME = f"readout_numbers-{project_version(ROOT)}"
WHEEL = f"{NAME}-py3-none-any.whl"
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def build(folder, source, *targets):
    command = sys.executable, "-m", "hatchling", "build", *targets, "-d", folder
    run(*command, cwd=source, SOURCE_DATE_EPOCH=SOURCE_DATE_EPOCH)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the source archive."""
    return build(tmp_path_factory.mktemp("built"), ROOT)


@pytest.fixture(scope="module")
def source(built, tmp_path_factory):
    """The source archive, unpacked."""
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / NAME


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The folder of commands of a new environment with the wheel; what the wheel asks for is that of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    commands = create_environment(folder)
    pip = (commands / "python", "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
    run(*pip, "install", "--no-index", built / WHEEL, cwd=folder)
    return commands


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_every_model_as_it_is_in_the_checkout(built):
    files = contents(built / WHEEL)
    models = {
        path.name: path.read_bytes() for kind in ("onnx", "json", "npz") for path in ROOT.glob(f"models/*.{kind}")
    }
    assert len(models) >= 8
    assert {name: files[f"readout/models/{name}"] for name in models} == models
    assert "readout/models/LICENSE-mobilenet" in files


def test_what_it_says_of_itself(built):
    metadata = email.message_from_bytes(contents(built / WHEEL)[f"{NAME}.dist-info/METADATA"])
    assert (metadata["Name"], metadata["License-Expression"]) == ("readout-numbers", "MIT AND Apache-2.0")
    assert metadata.get_payload(decode=True) == (ROOT / "py/README.md").read_bytes()
    assert {"video", "excel", "parquet", "mqtt"} <= set(metadata.get_all("Provides-Extra"))
    assert pip_install("video") == f'pip install "{metadata["Name"]}[video]"'
    assert pip_install("video") in metadata.get_payload()


def test_its_readme_has_no_link_that_leads_nowhere_on_the_package_index():
    links = re.findall(r"\]\(([^)]*)\)", (ROOT / "py/README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_source_archive_builds_the_same_wheel(built, source, tmp_path):
    one, two = contents(built / WHEEL), contents(build(tmp_path, source, "-t", "wheel") / WHEEL)
    assert {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)} == set()


def test_the_commands_run_where_no_checkout_is(installed, source, tmp_path):
    assert run(installed / "readout", "--version", cwd=tmp_path).strip() == f"readout {project_version(ROOT)}"
    frame = source / "data/frames/image-0001.png"
    assert "89.68" in run(installed / "readout", "find", frame, cwd=tmp_path)
    where = run(installed / "python", "-c", "import readout; print(readout.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


@pytest.mark.parametrize("readme", ["README.md", "py/README.md"])
def test_the_example_in_python_prints_what_its_comment_says(installed, source, readme):
    (example,) = EXAMPLE.findall((ROOT / readme).read_text(encoding="utf-8"))
    assert run(installed / "python", "-c", example, cwd=source).strip() == example.rpartition("# ")[2].strip()
