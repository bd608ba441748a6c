"""Who is written to: the segment's people, less those whom a rule leaves out, each with their rows of data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from compiler import policy
from compiler.assemble import Recipient, draw_variant, order_key
from compiler.book.keyring import Keyring
from compiler.book.people import people
from compiler.book.store import BookView
from compiler.language.address import Address
from compiler.language.campaign import Campaign, Workspace
from compiler.language.catalogue import plan as entries
from compiler.language.consent import Answer
from compiler.language.contact import Person
from compiler.language.finding import Finding, finding
from compiler.language.history import History
from compiler.language.lane import OTHER
from compiler.language.plan import Exclusion, FunnelStep
from compiler.language.settings import Measure
from compiler.language.suppression import Suppression, address_mac
from compiler.lock import masked
from compiler.policy.crowd import Covering
from compiler.schedule import known_zones
from compiler.selection import Rows, Selection, rows_for, select


@dataclass(frozen=True, slots=True)
class Remainder:
    """Whom a finished plan did not reach: the `contacts` of the plan whose digest it is, and nobody else."""

    plan: str
    contacts: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyedHost:
    """What only the keyed host has. `scratch` is a folder for sealed lines on their way into a plan; with a
    `remainder` nobody else is chosen.
    """

    view: BookView
    keyring: Keyring
    suppression_key: bytes
    history: History
    scratch: Path
    remainder: Remainder | None = None

    def people(self) -> Iterator[Person]:
        return people(self.view, self.keyring)

    def order_key(self, campaign: Campaign) -> bytes:
        return order_key(self.suppression_key, campaign.name, campaign.edition)


@dataclass(frozen=True, slots=True)
class Choice:
    """`chosen` by the segment; each is a recipient or has an exclusion. Recipients are in order of their ids."""

    chosen: tuple[str, ...]
    funnel: tuple[FunnelStep, ...]
    recipients: tuple[Recipient, ...]
    rows: Rows
    excluded: Mapping[str, Exclusion]
    findings: tuple[Finding, ...]


def choose(workspace: Workspace, campaign: Campaign, host: KeyedHost, *, on: date, threads: int) -> Choice:
    """The same whatever the number of threads. Streams the book three times rather than hold it."""
    selection = select(workspace, campaign, people=host.people(), history=host.history, on=on, threads=threads)
    if host.remainder is not None:
        selection = _remaining(selection, host.remainder)
    audience = policy.Audience.of(workspace, campaign, on=on)
    admission = policy.admit(
        audience,
        host.people(),
        chosen=selection.chosen,
        history=host.history,
        suppressed=_covering(host, campaign.purpose),
        key=host.order_key(campaign),
    )
    desk = _Reception(workspace, campaign, host.order_key(campaign))
    admitted = frozenset(admission.recipients)
    written = desk.noting(p for p in host.people() if p.contact.id in admitted)
    rows = rows_for(workspace, campaign.data, written, on=on, threads=threads)
    recipients = tuple(desk.recipients(rows))
    excluded = {each.contact: each.reason for each in admission.excluded}
    excluded.update(dict.fromkeys(rows.too_few, Exclusion.TOO_LITTLE_DATA))
    # Whoever was there for the segment and is not any more was erased in this very moment.
    gone = set(selection.chosen) - excluded.keys() - {recipient.contact for recipient in recipients}
    return Choice(
        chosen=selection.chosen,
        funnel=selection.funnel,
        recipients=recipients,
        rows=rows,
        excluded=excluded | dict.fromkeys(gone, Exclusion.ERASED),
        findings=(*selection.findings, *admission.findings, *rows.findings, *desk.spoken_to(campaign)),
    )


def _remaining(selection: Selection, remainder: Remainder) -> Selection:
    """Those of the chosen whom a finished plan did not reach, as one more step of the funnel."""
    chosen = tuple(contact for contact in selection.chosen if contact in remainder.contacts)
    step = FunnelStep(f"{{not_reached_by: {remainder.plan}}}", len(chosen))
    return replace(selection, chosen=chosen, funnel=(*selection.funnel, step))


def _covering(host: KeyedHost, purpose: str) -> Covering:
    suppressions, key = host.view.suppressions(), host.suppression_key

    def covers(address: Address) -> Suppression | None:
        return suppressions.covers(address_mac(address, key), purpose)

    return covers


class _Reception:
    """Notes, of people who pass by on their way to their rows, what their slots need."""

    def __init__(self, workspace: Workspace, campaign: Campaign, key: bytes) -> None:
        settings, tracking = workspace.settings, workspace.settings.tracking
        self._key = key
        self._noted: list[Recipient] = []
        self._lanes = {lane.name for lane in settings.lanes}
        self._zone = settings.organisation.timezone
        self._languages = campaign.languages
        self._foreign = Counter[str]()
        self._variants = [(variant.name, variant.weight) for variant in campaign.variants]
        self._opens = tracking is not None and tracking.opens is Measure.CONSENT
        self._clicks = tracking is not None and tracking.clicks is Measure.CONSENT

    def noting(self, passing: Iterable[Person]) -> Iterator[Person]:
        for person in passing:
            self._noted.append(self._recipient(person))
            yield person

    def spoken_to(self, campaign: Campaign) -> Iterator[Finding]:
        """Which languages the campaign does not speak, and by how many of its readers they are read."""
        for language, count in sorted(self._foreign.items()):
            yield finding(
                entries.LANGUAGE, campaign.place, count=masked(count), language=language, given=self._languages[0]
            )

    def recipients(self, rows: Rows) -> Iterator[Recipient]:
        """Those noted who have enough rows, with them."""
        for recipient in sorted(self._noted, key=lambda r: r.contact):
            found = rows.by_contact.get(recipient.contact)
            if found is not None:
                yield replace(recipient, rows=tuple(sorted(found.items())))

    def _recipient(self, person: Person) -> Recipient:
        contact = person.contact
        language = contact.locale.replace("_", "-").split("-")[0].lower()
        if language not in self._languages:
            self._foreign[language] += 1
        return Recipient(
            contact=contact.id,
            lane=contact.lane if contact.lane in self._lanes else OTHER,
            zone=contact.zone if contact.zone in known_zones() else self._zone,
            variant=draw_variant(self._variants, self._key, contact.id),
            language=language if language in self._languages else self._languages[0],
            opens=self._opens and contact.tracking.opens is Answer.GRANTED,
            clicks=self._clicks and contact.tracking.clicks is Answer.GRANTED,
        )
