"""`sbom.cdx.json`: the shipped parts as a CycloneDX list, by the OWASP project's own library.

    python -m tooling.sbom FACTS OUT

It runs in .venv, which has that library; FACTS is the JSON of `facts`. The same facts give the same bytes.
"""

import dataclasses
import json
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path

from tooling.licences import Part, sha256
from tooling.steps import run
from tooling.venv import Venv

NAME = "sbom.cdx.json"


def facts(version: str, parts: Iterable[Part], models: Path) -> dict:
    """What the list is made of: Readout's version, the parts without their texts, and the models with their hashes."""
    described = [{**dataclasses.asdict(part), "texts": ()} for part in parts]
    cards = {path.stem: sha256(path) for path in sorted(models.glob("*.onnx"))}
    return {"version": version, "parts": described, "models": cards}


def write_sbom(root: Path, venv: Venv, found: dict, out: Path) -> None:
    """Write the list into the folder `out`, in the environment. Raises BuildError with the library's words."""
    written = venv.logs / "sbom-facts.json"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(found), encoding="utf-8")
    run(
        "Listing the parts",
        [venv.python, "-m", "tooling.sbom", written, out / NAME],
        log=venv.logs / "sbom.log",
        next_step="Correct what the last lines say; tooling/sbom.py writes the list.",
        cwd=root,
    )


def text_of(found: dict) -> str:
    """The CycloneDX 1.6 JSON of facts."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    def component(part: Part) -> Component:
        namespace, _, name = part.name.rpartition("/")
        known = {HashAlgorithm.SHA_256: part.sha256, HashAlgorithm.SHA_512: part.sha512}
        return Component(
            name=part.name,
            version=part.version or None,
            bom_ref=f"{part.kind}:{part.name}",
            licenses=[LicenseFactory().make_from_string(part.licence)],
            purl=PackageURL(part.kind, namespace or None, name, part.version) if part.version else None,
            hashes=[HashType(alg=algorithm, content=value) for algorithm, value in known.items() if value],
        )

    own = Component(
        name="readout",
        version=found["version"],
        type=ComponentType.APPLICATION,
        bom_ref="readout",
        licenses=[LicenseFactory().make_from_string("MIT")],
    )
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(found, sort_keys=True))
    bom = Bom(serial_number=serial, metadata=BomMetaData(component=own))
    parts = [Part(**{**entry, "inside": tuple(entry["inside"])}) for entry in found["parts"]]
    components = {part.name: component(part) for part in parts}
    for model, digest in found["models"].items():
        components[f"model {model}"] = Component(
            name=model,
            type=ComponentType.MACHINE_LEARNING_MODEL,
            bom_ref=f"model:{model}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        )
    for each in components.values():
        bom.components.add(each)
    contained = {part.name for part in parts if part.inside}
    bom.register_dependency(own, [each for name, each in components.items() if name not in contained])
    for holder in sorted({name for part in parts for name in part.inside}):
        bom.register_dependency(components[holder], [components[part.name] for part in parts if holder in part.inside])
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["metadata"]["timestamp"]  # the library writes the present time
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(text_of(json.loads(source.read_text(encoding="utf-8"))), encoding="utf-8", newline="\n")
