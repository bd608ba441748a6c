"""Every code that envoi can raise. One module a phase declares its own entries; `CATALOGUE` joins them."""

from __future__ import annotations

import importlib
import pkgutil

from compiler.language.finding import Entry


def catalogue() -> dict[str, Entry]:
    """All entries by code. Raises ValueError where two entries share a code."""
    entries: dict[str, Entry] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        family = importlib.import_module(f"{__name__}.{module}")
        for value in vars(family).values():
            if isinstance(value, Entry) and entries.setdefault(value.code, value) != value:
                raise ValueError(f"two entries share the code {value.code}")
    return dict(sorted(entries.items()))
