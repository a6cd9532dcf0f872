"""Build hook: carries the ONNX files and their cards into the installed package."""
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IncludeModels(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            return  # an editable install reads models/ in the checkout
        for path in sorted(Path(self.root, "models").glob("*.onnx")):
            for part in (path, path.with_suffix(".json")):
                build_data["force_include"][str(part)] = f"readout/models/{part.name}"
