"""What a shell offers after Tab beyond the commands' own words: the names of the workspace's campaigns."""

from __future__ import annotations

from pathlib import Path

import click

from compiler.language.errors import EnvoiError


def campaign_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Of the workspace that the command line names; none where it cannot be read. A shell shows no finding."""
    from compiler.pipeline import read_workspace

    root = Path(ctx.find_root().params.get("root") or ".").resolve()
    if not root.joinpath("envoi.yaml").is_file():
        return []
    try:
        workspace, _ = read_workspace(root)
    except (EnvoiError, OSError):
        return []
    found = workspace.campaigns if workspace else ()
    return sorted(one.name for one in found if one.name.startswith(incomplete))
