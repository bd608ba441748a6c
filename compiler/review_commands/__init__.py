"""The commands of a review: the comment of a pull request, and whether the right people approved."""

from __future__ import annotations

import click

from compiler.review_commands.approving import approvals_command
from compiler.review_commands.commenting import comment_command, post_command

__all__ = ["approvals_command", "comment_command", "post_command", "review"]


@click.group()
def review() -> None:
    """What pull requests show and ask for."""


for _command in (comment_command, post_command, approvals_command):
    review.add_command(_command)
