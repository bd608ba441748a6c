"""Names of a package that are imported when they are first asked for: a short command must not wait for them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def lazily(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """A package's `__getattr__` (PEP 562). `homes` says which names each of its modules holds.

    No name may be a module's of the package: once imported, Python finds the module under it.
    """
    known = {name: module for module, names in homes.items() for name in names}

    def get(name: str) -> object:
        if name not in known:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{known[name]}"), name)

    return get
