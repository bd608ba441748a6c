"""The forge's API: a pull request's comments, and who approved what was merged. The only door to it.

wire      one bounded call over HTTPS
subject   what all three know, as values
github, gitlab, forgejo   where each keeps it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compiler.review.forge import forgejo, github, gitlab
from compiler.review.forge.subject import Approval, Comment, Forge, Kind, Merged
from compiler.review.forge.wire import ForgeProblem

__all__ = ["Approval", "Comment", "Forge", "ForgeProblem", "Kind", "Merged", "connect", "number_of"]

_CONNECT: Mapping[Kind, Callable[[Mapping[str, str]], Forge]] = {
    Kind.GITHUB: github.connect,
    Kind.GITLAB: gitlab.connect,
    Kind.FORGEJO: forgejo.connect,
}
_NUMBER = {Kind.GITHUB: github.number_of, Kind.GITLAB: gitlab.number_of, Kind.FORGEJO: forgejo.number_of}


def connect(kind: Kind, environment: Mapping[str, str]) -> Forge:
    """The forge that a pipeline's environment names, with the token that stands there. Raises ForgeProblem."""
    return _CONNECT[kind](environment)


def number_of(kind: Kind, environment: Mapping[str, str]) -> int:
    """The pull request that a pipeline runs for. Raises ForgeProblem where it runs for none."""
    return _NUMBER[kind](environment)
