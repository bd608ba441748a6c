"""What the preview shows: the messages of one campaign for contacts that were chosen to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from compiler.language.finding import Finding, Text


class Case(StrEnum):
    """Whom a message is shown for. All but CONTACT are fictional."""

    TYPICAL = "typical"
    LONGEST = "longest"  # the longest values that fields are likely to hold
    EMPTIEST = "emptiest"  # nothing is known but what the segment asks for
    MOST = "most"  # the most rows of data
    FEWEST = "fewest"
    UNTRACKED = "untracked"  # no consent to be measured
    CONTACT = "contact"  # somebody real, asked for by the operator


@dataclass(frozen=True, slots=True)
class Known:
    """A value that the message merges. `fallback`: nothing was known, this stands in. `value` empty: nothing does."""

    name: str
    value: str = field(repr=False)
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as its recipient would read it. Where it cannot be made, `failure` says why and the parts are empty.

    `rows` counts the rows of each data block, `size` the message's bytes, `html_size` those of its HTML as encoded,
    `template` and `campaign` are paths.
    """

    case: Case
    variant: str
    language: str
    sender: tuple[str, str]
    template: str
    known: tuple[Known, ...] = field(repr=False)
    rows: tuple[tuple[str, int], ...]
    opens: bool
    clicks: bool
    subject: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    unsubscribe_url: str = field(default="", repr=False)
    size: int = 0
    html_size: int = 0
    failure: Text | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def page(self) -> str:
        """Its file in the static site."""
        return f"{self.variant}-{self.language}-{self.case.value}.html"


@dataclass(frozen=True, slots=True)
class Preview:
    """A campaign's messages. `findings` are all of the campaign's, `tracker` the base of its own links.

    `sources` holds the text of the files that messages and findings come from. `personal`: it shows somebody real.
    `problem`: why there is nothing to show.
    """

    campaign: str
    organisation: str
    path: str
    tracker: str
    mails: tuple[Mail, ...]
    findings: tuple[Finding, ...]
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    personal: bool = False
    problem: Text | None = None
