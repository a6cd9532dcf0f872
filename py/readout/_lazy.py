"""Names of a package whose modules are imported when they are first asked for."""

import importlib
from collections.abc import Callable


def lazy(package: str, **modules: tuple[str, ...]) -> Callable[[str], object]:
    """A package's `__getattr__` (PEP 562). modules: of each module in the package the names that come from it.

    A name that a person needs is then there without the page's first visit, or a program that does without, paying
    for it.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)

    return find
