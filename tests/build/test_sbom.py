"""The list of parts is CycloneDX, complete, and the same on every run."""

import io
import json

import pytest
from cyclonedx.model.bom import Bom

from tooling import sbom
from tooling.licences import Part

PARTS = [
    Part("npm", "@scope/page", "1.2", "MIT", "https://page", ("long text",), sha512="ab" * 64),
    Part("pypi", "numpy", "2.0", "BSD License", "https://numpy", ("long text",), sha256="cd" * 32),
    Part("generic", "zlib", "", "Zlib", "", ("long text",), inside=("numpy",)),
]


@pytest.fixture
def found(tmp_path):
    (tmp_path / "glyphs.onnx").write_bytes(b"weights")
    return json.loads(json.dumps(sbom.facts("3.4", PARTS, tmp_path)))


def test_every_part_is_in_it_with_version_address_and_hash(found):
    bom = Bom.from_json(json.load(io.StringIO(sbom.text_of(found))))
    rows = {
        component.name: (component.version, str(component.purl or ""), [each.content[:4] for each in component.hashes])
        for component in bom.components
    }
    assert rows == {
        "@scope/page": ("1.2", "pkg:npm/%40scope/page@1.2", ["abab"]),
        "numpy": ("2.0", "pkg:pypi/numpy@2.0", ["cdcd"]),
        "zlib": (None, "", []),
        "glyphs": (None, "", [found["models"]["glyphs"][:4]]),
    }
    assert (bom.metadata.component.name, bom.metadata.component.version) == ("readout", "3.4")


def test_a_library_depends_from_the_package_that_holds_it(found):
    depends = {entry["ref"]: entry.get("dependsOn", []) for entry in json.loads(sbom.text_of(found))["dependencies"]}
    assert depends["pypi:numpy"] == ["generic:zlib"]
    assert depends["readout"] == ["model:glyphs", "npm:@scope/page", "pypi:numpy"]


def test_licences_are_spdx_where_they_can_be(found):
    components = {each["name"]: each for each in json.loads(sbom.text_of(found))["components"]}
    assert components["@scope/page"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert components["numpy"]["licenses"] == [{"license": {"name": "BSD License"}}]


def test_the_same_parts_give_the_same_bytes_and_no_time(found):
    text = sbom.text_of(found)
    assert text == sbom.text_of(found)
    assert "timestamp" not in text and "long text" not in text
    found["version"] = "3.5"
    assert json.loads(sbom.text_of(found))["serialNumber"] != json.loads(text)["serialNumber"]
