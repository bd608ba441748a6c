"""The phases strung together: nothing else knows their order."""

from __future__ import annotations

from pathlib import Path

from compiler.language.campaign import Workspace
from compiler.language.finding import Finding, in_reading_order


def read_workspace(root: Path) -> tuple[Workspace | None, list[Finding]]:
    """What a folder declares, and everything that is wrong with it: load, schema, resolve, rules on declarations.

    Needs no key and no network. The workspace is None only where nothing could be compiled from it.
    """
    from compiler.load import load
    from compiler.resolve import resolve
    from compiler.schedule import check_window
    from compiler.schema import check

    loaded = load(root)
    findings = list(loaded.findings)
    whole, broken = [], []
    for document in loaded.documents:
        wrong = check(document)
        findings += wrong
        if wrong:
            broken.append((document.kind, document.name))
        else:
            whole.append(document)
    workspace, unresolved = resolve(root, whole, broken=broken)
    findings += unresolved
    if workspace is not None:
        findings += [one for window in workspace.settings.windows for one in check_window(window)]
    return workspace, in_reading_order(list(dict.fromkeys(findings)))
