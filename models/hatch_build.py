"""Build hook: carries the ONNX files, their cards and licences into the installed package."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IncludeModels(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            return  # an editable install reads models/ in the checkout
        models = Path(self.root, "models")
        for path in sorted(
            (*models.glob("*.onnx"), *models.glob("*.json"), *models.glob("*.npz"), *models.glob("LICENSE-*"))
        ):
            build_data["force_include"][str(path)] = f"readout/models/{path.name}"
