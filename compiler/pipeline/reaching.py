"""What a campaign is made of, said before anybody is chosen: so that a lock can be compared with its branch."""

from __future__ import annotations

from pathlib import Path

from compiler.language.campaign import Campaign, Workspace
from compiler.language.canonical import sha256_hex
from compiler.pipeline.heading import inputs_of
from compiler.pipeline.messages import messages_of


def reached_inputs(workspace: Workspace, campaign: Campaign) -> tuple[tuple[str, str], ...]:
    """The inputs that the campaign's plan would list: path and SHA-256."""
    files = dict(messages_of(workspace, campaign).documents)
    for block in campaign.data:
        if (dataset := workspace.dataset(block.dataset)) is not None:
            files[dataset.path] = sha256_hex((Path(workspace.root) / dataset.path).read_bytes())
    return inputs_of(workspace, campaign, files)
