"""A campaign's messages as contacts would see them: fictional ones, or one real contact on the keyed host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from compiler import policy
from compiler.assemble import Recipient
from compiler.language.campaign import Campaign, Workspace
from compiler.language.catalogue.law import WAIVER_UNUSED
from compiler.language.catalogue.template import RENDER_LIMITS
from compiler.language.consent import Answer
from compiler.language.contact import Person
from compiler.language.finding import Finding, Text, in_reading_order
from compiler.language.history import History
from compiler.language.lane import OTHER
from compiler.language.plan import Manifest
from compiler.language.settings import Measure
from compiler.pipeline.casting import Role, cast_for
from compiler.pipeline.checking import check_campaign, unique
from compiler.pipeline.heading import heading_of
from compiler.pipeline.messages import Letter
from compiler.pipeline.rehearsing import rehearse, samples_checked
from compiler.pipeline.writing import Press, Sample, Written
from compiler.render import RenderError
from compiler.review.preview import Case, Known, Mail, Preview
from compiler.selection import Rows, rows_for

_LARGEST_SOURCE = 200_000
_PARTS = (".mjml", ".html", ".html.j2", ".txt", ".txt.j2")
_TOO_LITTLE = Text(
    "pas assez de données à montrer à ce contact : il ne recevrait pas ce message",
    "too little data to show to this contact: they would not get this message",
)


def preview_campaign(workspace: Workspace, campaign: Campaign, *, on: date, real: Person | None = None) -> Preview:
    """Every variant and language for each fictional contact, or for `real` alone, whose preview is then personal."""
    messages, findings = check_campaign(workspace, campaign)
    findings += rehearse(workspace, campaign, messages, on=on)
    if real is None:
        cast = cast_for(workspace, campaign, on=on)
        roles, rows = cast.roles, cast.rows
    else:
        rows = rows_for(workspace, campaign.data, [real], on=on)
        blocks = tuple(sorted(rows.by_contact.get(real.contact.id, {}).items()))
        roles = () if rows.findings else (Role(Case.CONTACT, real, blocks, True),)
    findings += rows.findings
    heading = heading_of(workspace, campaign, on=on, book_tree="", history=History().digest)
    endless = {f.place.path: _both(f) for f in findings if f.entry == RENDER_LIMITS}
    mails = [
        mail
        for key, letter in messages.letters.items()
        if real is None or key[1] == _language(campaign, real)
        for mail in _mails(
            _Desk(workspace, campaign, heading, rows, letter, *key), list(_shown(roles, workspace)), endless
        )
    ]
    sampled = {found for mail in mails for found in mail.findings}
    findings += [found for mail in mails for found in mail.findings]
    told = [f for f in policy.apply_waivers(campaign, unique(findings), on=on) if f.entry != WAIVER_UNUSED]
    return Preview(
        campaign=campaign.name,
        organisation=workspace.settings.organisation.name,
        path=campaign.path,
        tracker=heading.tracking_url,
        mails=tuple(replace(mail, findings=_kept(mail, told, sampled)) for mail in mails),
        findings=tuple(in_reading_order(told)),
        sources=_sources(workspace, campaign, told, [mail.template for mail in mails]),
        personal=real is not None,
    )


def _shown(roles: Iterable[Role], workspace: Workspace) -> Iterator[Role]:
    """Nobody without consent is shown apart where nobody is measured anyway."""
    tracking = workspace.settings.tracking
    measures = tracking is not None and Measure.CONSENT in (tracking.opens, tracking.clicks)
    return (role for role in roles if measures or role.case is not Case.UNTRACKED)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the messages of one variant and language are made."""

    workspace: Workspace
    campaign: Campaign
    heading: Manifest
    rows: Rows
    letter: Letter
    variant: str
    language: str

    def press(self) -> Press:
        """Raises RenderError where the template cannot be compiled."""
        return Press(self.heading, {(self.variant, self.language): self.letter}, self.rows.table)


def _mails(desk: _Desk, roles: list[Role], endless: Mapping[str, Text]) -> Iterator[Mail]:
    """The messages; none of a template that has just shown that it does not end (`endless`, by path)."""
    if (why := endless.get(desk.letter.place.path)) is not None:
        yield from (replace(_blank(desk, role), failure=why) for role in roles)
        return
    try:
        press = desk.press()
    except RenderError as error:
        yield from (replace(_blank(desk, role), failure=error.text) for role in roles)
        return
    yield from (_mail(desk, press, role) for role in roles)


def _blank(desk: _Desk, role: Role) -> Mail:
    opens, clicks = _measured(desk.workspace, role)
    return Mail(
        case=role.case,
        variant=desk.variant,
        language=desk.language,
        sender=(desk.heading.sender.from_name, desk.heading.sender.from_address),
        template=desk.letter.place.path,
        known=(),
        rows=tuple((block, len(numbers)) for block, numbers in role.rows),
        opens=opens,
        clicks=clicks,
    )


def _mail(desk: _Desk, press: Press, role: Role) -> Mail:
    mail, person, written = _blank(desk, role), role.person, Written()
    if person.contact.id in desk.rows.too_few:
        return replace(mail, failure=_TOO_LITTLE)
    zone, variant, language = person.contact.zone, desk.variant, desk.language
    recipient = Recipient(
        person.contact.id, OTHER, zone, variant, language, role.rows, opens=mail.opens, clicks=mail.clicks
    )
    try:
        values = press.values(person, recipient)
        mail = replace(mail, known=tuple(_known(desk.letter, person, values)))
        press.prove(person, recipient, values, written)
    except RenderError as error:
        return replace(mail, failure=error.text)
    sample = next(iter(written.samples.values()))
    findings = samples_checked(desk.workspace, desk.campaign, {(variant, language): desk.letter}, written)
    return _filled(mail, sample, written.sizes.total, findings)


def _filled(mail: Mail, sample: Sample, size: int, findings: list[Finding]) -> Mail:
    return replace(
        mail,
        subject=sample.rendered.subject,
        html=sample.rendered.html,
        text=sample.rendered.text,
        unsubscribe_url=sample.unsubscribe_url,
        size=size,
        html_size=len(sample.rendered.html.encode()),
        findings=tuple(findings),
    )


def _known(letter: Letter, person: Person, values: Mapping[str, object]) -> Iterator[Known]:
    for name in sorted(letter.fields):
        missing = person.value(name) in (None, "")
        value = values.get(name)
        yield Known(name, "" if value is None else str(value), fallback=missing and value is not None)


def _measured(workspace: Workspace, role: Role) -> tuple[bool, bool]:
    """Whether opens and clicks are measured: what the workspace asks, and what this contact agreed to."""
    tracking, consent = workspace.settings.tracking, role.person.contact.tracking
    if tracking is None or not role.measured:
        return False, False
    fictional = role.case is not Case.CONTACT
    return (
        tracking.opens is Measure.CONSENT and (fictional or consent.opens is Answer.GRANTED),
        tracking.clicks is Measure.CONSENT and (fictional or consent.clicks is Answer.GRANTED),
    )


def _both(found: Finding) -> Text:
    return Text(found.message("fr"), found.message("en"))


def _language(campaign: Campaign, person: Person) -> str:
    language = person.contact.locale.replace("_", "-").split("-")[0].lower()
    return language if language in campaign.languages else campaign.languages[0]


def _kept(mail: Mail, told: list[Finding], sampled: set[Finding]) -> tuple[Finding, ...]:
    """Of all findings those of this message or of its template, but for what other contacts' messages showed of it."""
    own = set(mail.findings)
    return tuple(
        in_reading_order([f for f in told if f in own or (f.place.path == mail.template and f not in sampled)])
    )


def _sources(
    workspace: Workspace, campaign: Campaign, findings: Iterable[Finding], templates: Iterable[str]
) -> dict[str, str]:
    """The text of the files that a message is made of; never of one outside the workspace.

    Other files with findings are named, not shown: settings may name people, and data belong to no page.
    """
    root = Path(workspace.root).resolve()
    parts = [found.place.path for found in findings if found.place.path.endswith(_PARTS)]
    found: dict[str, str] = {}
    for path in dict.fromkeys([campaign.path, *templates, *parts]):
        file = (root / path).resolve()
        shown = path != workspace.settings.place.path and file.is_relative_to(root) and file.is_file()
        if shown and file.stat().st_size <= _LARGEST_SOURCE:
            found[path] = file.read_text("utf-8", "replace")
    return found
