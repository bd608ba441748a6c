"""The rules about what a message says, asked of rendered samples: every variant and language, worst cases included."""

from __future__ import annotations

import base64
import ipaddress
import re
from binascii import b2a_qp
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from compiler.language.campaign import Campaign, Workspace
from compiler.language.catalogue import message_rules as entries
from compiler.language.catalogue import picture as picture_entries
from compiler.language.finding import Finding, Place, finding
from compiler.language.lane import is_free_mail
from compiler.language.settings import Organisation, Sender
from compiler.policy.domains import organisational
from compiler.policy.headers import HeaderFields, check_fields
from compiler.policy.offers import promises_a_discount, says_the_conditions
from compiler.policy.page import Page, folded, read_page
from compiler.policy.registry import ANYWHERE, EU, FR, Family, Stage
from compiler.policy.subject import subject_findings

CLIPPED = 102_400  # bytes of encoded HTML: Gmail hides the rest


@dataclass(frozen=True)
class Message:
    """A rendered message. `unsubscribe_url` and `tracking_url` are this recipient's, `reason` why they get it.

    `headers` are (name, value) pairs, unfolded and decoded; empty where they are not made yet.
    """

    subject: str = field(repr=False)
    html: str = field(repr=False)
    text: str = field(repr=False)
    unsubscribe_url: str = field(repr=False)
    place: Place
    tracking_url: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    subject_place: Place | None = None  # where it is declared, if not in the template

    @cached_property
    def page(self) -> Page:
        return read_page(self.html)

    @cached_property
    def said(self) -> str:
        """The text part as it reads."""
        return folded(self.text)

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """The addresses that the text part spells out."""
        return tuple(url.rstrip(".,;:!?)»”>") for url in re.findall(r"https?://[^\s<>\"]+", self.text))

    def part_texts(self) -> tuple[tuple[str, str], ...]:
        return (("html", self.page.text), ("text", self.said))


@dataclass(frozen=True, slots=True)
class Frame:
    """What the message is measured against."""

    organisation: Organisation
    sender: Sender
    tracker: str  # the tracker's base URL, or empty


MessageCheck: TypeAlias = Callable[[Frame, Message], Iterator[Finding]]
_message: Family[MessageCheck] = Family()


def check_message(workspace: Workspace, campaign: Campaign, message: Message) -> list[Finding]:
    """What law and deliverability find in a rendered message, its header fields included where they are given."""
    settings = workspace.settings
    frame = Frame(
        settings.organisation, settings.sender(campaign.sender), settings.tracking.url if settings.tracking else ""
    )
    found = [one for rule in MESSAGE_RULES for one in rule.check(frame, message)]
    if message.headers:
        found += check_fields(HeaderFields.of(message.headers), message.place, stage=Stage.COMPILED)
    return list(dict.fromkeys(found))


@_message.rule(entries.IDENTITY, "VC", FR, "CPCE art. L34-5; LCEN art. 20")
def names_the_sender(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-ID-01: both parts name who writes."""
    name = folded(frame.organisation.name)
    for part, said in message.part_texts():
        if name.casefold() not in said.casefold():
            yield finding(entries.IDENTITY, message.place, part=part, name=frame.organisation.name)


@_message.rule(entries.CONTACT, "C", FR, "CPCE art. L34-5; LCEN art. 22")
def can_be_objected_to(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-CONTACT-02: a link or an address to object with, in the message itself."""
    links = {link.href for link in message.page.links} | set(message.urls)
    by_mail = f"mailto:{frame.sender.reply_to}".casefold()
    if message.unsubscribe_url not in links and not any(link.casefold().startswith(by_mail) for link in links):
        yield finding(entries.CONTACT, message.place)


@_message.rule(entries.SUBJECT, "VC", FR, "CPCE art. L34-5")
def subject_is_honest(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-SUBJ-03, MSG-SUBJ-18: as the reader sees it."""
    yield from subject_findings(message.subject, message.subject_place or message.place, rendered=True)


@_message.rule(entries.UNSUBSCRIBE, "C", FR, "CNIL; Gmail and Microsoft sender guidelines")
def can_be_left(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-UNSUB-05: a link that one sees, in both parts; without a tracker there is none to write."""
    if not frame.tracker:
        return
    if not message.page.shows_link(message.unsubscribe_url):
        yield finding(entries.UNSUBSCRIBE, message.place, part="html")
    if message.unsubscribe_url not in message.urls:
        yield finding(entries.UNSUBSCRIBE, message.place, part="text")


@_message.rule(entries.TRACKING_OFF, "C", FR, "CNIL 2026-042")
def measuring_can_be_refused(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-TRKOFF-06: whoever is measured sees how not to be, in each part that measures."""
    if not frame.tracker:
        return
    personal = tuple(f"{frame.tracker.rstrip('/')}/{kind}/" for kind in "oc")
    targets = [*message.page.sources, *(link.href for link in message.page.links)]
    if any(t.startswith(personal) for t in targets) and not message.page.shows_link(message.tracking_url):
        yield finding(entries.TRACKING_OFF, message.place, part="html")
    if any(url.startswith(personal) for url in message.urls) and message.tracking_url not in message.urls:
        yield finding(entries.TRACKING_OFF, message.place, part="text")


@_message.rule(entries.OFFER, "C", FR, "LCEN art. 20; Code de la consommation")
def offers_say_their_conditions(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-AD-04: a discount comes with its conditions, in each part that announces it."""
    for part, said in message.part_texts():
        announced = promises_a_discount(said) or promises_a_discount(message.subject)
        if announced and not says_the_conditions(said):
            yield finding(entries.OFFER, message.place, part=part)


@_message.rule(entries.PRIVACY, "C", EU, "GDPR art. 13, 14 and 21(4)")
def says_why_and_where(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-PRIV-07: the reason for writing, and the privacy notice."""
    notice = frame.organisation.privacy_url
    if not notice or not message.page.shows_link(notice):
        yield finding(entries.PRIVACY, message.place, part="html", what="privacy_url")
    if not notice or notice not in message.urls:
        yield finding(entries.PRIVACY, message.place, part="text", what="privacy_url")
    for part, said in message.part_texts():
        if not message.reason or folded(message.reason) not in said:
            yield finding(entries.PRIVACY, message.place, part=part, what="reason")


@_message.rule(entries.ADDRESS, "C", ANYWHERE, "CAN-SPAM; CASL")
def gives_a_postal_address(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-ADDR-08."""
    address = folded(frame.organisation.address).casefold()
    for part, said in message.part_texts():
        if not address or address not in said.casefold():
            yield finding(entries.ADDRESS, message.place, part=part)


@_message.rule(entries.PLAIN_TEXT, "C", ANYWHERE, "Free's filters; RFC 2046 5.1.4")
def has_real_text(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-TEXT-10: a text part that says what the HTML says, not "see the HTML"."""
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"https?://\S+", "", message.text))
    if len(words) < 10 or len(words) * 3 < len(re.findall(r"[^\W\d_]{2,}", message.page.text)):
        yield finding(entries.PLAIN_TEXT, message.place)


_SHORTENERS = frozenset(
    [
        "bit.ly",
        "buff.ly",
        "cutt.ly",
        "goo.gl",
        "is.gd",
        "lc.cx",
        "lnkd.in",
        "ow.ly",
        "rb.gy",
        "rebrand.ly",
        "shorturl.at",
        "t.co",
        "t.ly",
        "tinyurl.com",
    ]
)


@_message.rule(entries.LINK, "C", ANYWHERE, "Yahoo sender best practices")
def links_are_clean(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-LINK-11: https, a host name, the usual port, no shortener, nothing that acts."""
    for element in dict.fromkeys(message.page.active):
        problem = f"<{element}>"
        yield finding(entries.LINK, message.place, host="-", problem_fr=problem, problem_en=problem)
    for url in dict.fromkeys([*(link.href for link in message.page.links), *message.urls]):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and (problems := _link_problem(parts)):
            yield finding(
                entries.LINK,
                message.place,
                host=parts.hostname or "-",
                problem_fr=problems[0],
                problem_en=problems[1],
            )


def _link_problem(parts: SplitResult) -> tuple[str, str] | None:
    host = parts.hostname or ""
    if _is_loopback(host):
        return None  # a rehearsal on this machine: nobody else can follow such a link
    if parts.scheme != "https":
        return "sans https", "not by https"
    if _is_ip(host):
        return "adresse IP", "an IP address"
    if parts.port not in (None, 443):
        return "port inhabituel", "an odd port"
    if parts.username is not None:
        return "nom d'utilisateur dans le lien", "a user name in the link"
    return ("raccourcisseur", "a shortener") if host.removeprefix("www.") in _SHORTENERS else None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)


@_message.rule(picture_entries.FOREIGN_HOST, "C", EU, "CNIL 2026-042; GDPR art. 5(1)(c)")
def pictures_stay_at_home(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-IMGHOST-19: no picture from a host of somebody else, who would learn of each reading."""
    for host in _picture_hosts(frame, message):
        if organisational(host) not in _own_domains(frame):
            yield finding(picture_entries.FOREIGN_HOST, message.place, host=host)


@_message.rule(picture_entries.OWN_HOST, "C", EU, "CNIL 2026-042")
def pictures_are_approved_with_the_plan(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-IMGOWN-20: where a tracker serves the workspace's pictures, one of the organisation's site is less sure."""
    for host in _picture_hosts(frame, message) if frame.tracker else ():
        if organisational(host) in _own_domains(frame):
            yield finding(picture_entries.OWN_HOST, message.place, host=host)


def _picture_hosts(frame: Frame, message: Message) -> list[str]:
    """The hosts beside the tracker's from which the message fetches anything, each once."""
    ours = urlsplit(frame.tracker).netloc
    parts = [split for source in message.page.sources if (split := _split(source)) and split.netloc not in ("", ours)]
    hosts = dict.fromkeys(split.hostname or "-" for split in parts)
    return [host for host in hosts if not _is_loopback(host)]


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # brackets that close no IPv6 address
        return None


def _own_domains(frame: Frame) -> frozenset[str]:
    notice = urlsplit(frame.organisation.privacy_url).hostname or ""
    names = (frame.sender.from_address.domain, frame.sender.reply_to.domain, notice)
    return frozenset(organisational(name) for name in names if name and not is_free_mail(name))


@_message.rule(entries.SIZE, "C", ANYWHERE, "Gmail clips at 102 kB")
def is_not_clipped(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-SIZE-13: as it travels, for what Gmail counts is not the page but its quoted-printable text."""
    size = len(b2a_qp(message.html.encode(), istext=True))
    if size > CLIPPED:
        yield finding(entries.SIZE, message.place, size=size // 1024)


_UNFILLED = re.compile(r"\{\{|\}\}|\{%|%\}|\[\[\s*\w|\[%|\bundefined\b")
# Python's None as a reader would see it; “None of …” and “none” are English.
_NONE = re.compile(r"\bNone\b(?!\s+[a-z])")


@_message.rule(entries.MERGE, "C", ANYWHERE, "RFC 5322 has no placeholders")
def is_filled_in(frame: Frame, message: Message) -> Iterator[Finding]:
    """MSG-MERGE-14: no code, no None, in any part; the HTML's attributes included."""
    for part, said in (("subject", message.subject), *message.part_texts(), ("html", message.html)):
        # In the source of the HTML only code is looked for: style sheets may well say `none`.
        found = _UNFILLED.search(said) or (None if said is message.html else _NONE.search(said))
        if found:
            place = message.subject_place if part == "subject" else None
            yield finding(entries.MERGE, place or message.place, part=part, what=found[0])


_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


@_message.rule(entries.LINK_ADDRESS, "C", EU, "GDPR art. 32; RFC 8058 asks for opaque identifiers")
def links_name_nobody(frame: Frame, message: Message) -> Iterator[Finding]:
    """SEC-04: no address in a link, in clear or in base64."""
    for part, urls in (("html", [link.href for link in message.page.links]), ("text", list(message.urls))):
        web = [url for url in urls if url.startswith(("http://", "https://"))]
        if any(_ADDRESS.search(spelling) for url in web for spelling in _spellings(url)):
            yield finding(entries.LINK_ADDRESS, message.place, part=part)


def _spellings(url: str) -> Iterator[str]:
    plain = unquote(url.partition("//")[2].partition("/")[2])
    yield plain
    for word in re.findall(r"[A-Za-z0-9_=-]{12,}", plain):
        padded = word.rstrip("=") + "=" * (-len(word.rstrip("=")) % 4)
        try:
            yield base64.urlsafe_b64decode(padded).decode("utf-8")
        except ValueError:
            continue


MESSAGE_RULES = _message.rules
