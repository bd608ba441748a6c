"""The rules about header fields, asked of fields at compile time and of composed octets before they are sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import TypeAlias

from compiler.language.catalogue import message_rules as entries
from compiler.language.finding import Entry, Finding, Place
from compiler.policy.domains import same_organisation
from compiler.policy.registry import ANYWHERE, EU, Family, Stage

LONGEST_LINE = 998  # RFC 5322 2.1.1, without CRLF

#: Fields that hold addresses of ours.
_ADDRESSED = frozenset({"return-path", "list-unsubscribe", "cfbl-address", "dkim-signature", "message-id"})
_ONCE = ("from", "to", "subject", "date", "message-id")
_AT_MOST_ONCE = (*_ONCE, "sender", "reply-to", "mime-version", "list-unsubscribe", "list-unsubscribe-post", "list-id")
#: RFC 8058 asks for the first two; the others would let somebody change what the reader trusts.
_SIGNED = ("list-unsubscribe", "list-unsubscribe-post", "from", "to", "subject", "date", "message-id", "list-id")


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """Header fields in order: lower-case names, unfolded values. `private` are the recipient's own words.

    `octets` is the whole message where it was composed already.
    """

    fields: tuple[tuple[str, str], ...]
    private: tuple[str, ...] = ()
    octets: bytes = b""

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]], *, private: Iterable[str] = (), octets: bytes = b"") -> HeaderFields:
        folded = tuple((name.lower(), re.sub(r"\r?\n(?=[ \t])", "", value).strip()) for name, value in fields)
        return cls(folded, tuple(private), octets)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.fields if known == name]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")


HeaderCheck: TypeAlias = Callable[[HeaderFields], Iterator[tuple[Entry, dict[str, str]]]]
_headers: Family[HeaderCheck] = Family()


def check_fields(fields: HeaderFields, place: Place, *, stage: Stage) -> list[Finding]:
    """What the rules of a stage find in header fields."""
    return [
        Finding(entry, place, tuple(sorted(arguments.items())))
        for rule in HEADER_RULES
        if stage in rule.stages
        for entry, arguments in rule.check(fields)
    ]


def check_composed(message: bytes, *, place: Place, private: Iterable[str] = ()) -> list[Finding]:
    """What the rules find in a composed message. `private` are the recipient's address, customer code, phone.

    Names are not given: a campaign may well be called after a saint. The findings hold no part of the message but
    names of fields.
    """
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    pairs = [(name, value) for name, colon, value in (line.partition(":") for line in lines) if colon]
    return check_fields(HeaderFields.of(pairs, private=private, octets=message), place, stage=Stage.SENT)


def _wrong(entry: Entry, **arguments: str) -> tuple[Entry, dict[str, str]]:
    return entry, arguments


@_headers.rule(entries.RFC_5322, "CS", ANYWHERE, "RFC 5322 2.1.1, 3.6; Gmail 4.7.28")
def is_well_formed(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """MSG-5322-15: each field once, one author, an identifier, a date."""
    for name in _ONCE:
        if not fields.first(name):
            yield _wrong(entries.RFC_5322, what=f"{name} is missing")
    for name in _AT_MOST_ONCE:
        if len(fields.all(name)) > 1:
            yield _wrong(entries.RFC_5322, what=f"{name} stands twice")
    if len([address for _, address in getaddresses(fields.all("from")) if address]) != 1:
        yield _wrong(entries.RFC_5322, what="from has not one address")
    if not re.fullmatch(r"<[^\s<>@]+@[^\s<>@]+>", fields.first("message-id")):
        yield _wrong(entries.RFC_5322, what="message-id")
    if not _is_date(fields.first("date")):
        yield _wrong(entries.RFC_5322, what="date")
    for name, value in fields.fields:
        if not re.fullmatch(r"[!-9;-~]+", name) or re.search(r"[\r\n\0]", value):
            yield _wrong(entries.RFC_5322, what="a field's name or value")


@_headers.rule(entries.RFC_5322, "S", ANYWHERE, "RFC 5322 2.1.1 and 2.3")
def lines_are_lawful(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """MSG-5322-15: CRLF alone ends lines, of at most 998 octets."""
    octets = fields.octets
    if not octets.count(b"\r\n") == octets.count(b"\n") == octets.count(b"\r"):
        yield _wrong(entries.RFC_5322, what="a bare CR or LF")
    if max(map(len, octets.split(b"\r\n"))) > LONGEST_LINE:
        yield _wrong(entries.RFC_5322, what="a line of more than 998 octets")


def _is_date(text: str) -> bool:
    try:
        return parsedate_to_datetime(text).tzinfo is not None
    except ValueError:
        return False


@_headers.rule(entries.LIST_UNSUBSCRIBE, "CS", ANYWHERE, "RFC 2369; RFC 8058, section 3.1")
def can_be_left_by_the_mail_reader(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-LU-01: an https link first, then a mailto. Loopback may do without TLS: nobody else can reach it."""
    value = fields.first("list-unsubscribe")
    links = re.findall(r"<([^<>]*)>", value)
    if not value:
        yield _wrong(entries.LIST_UNSUBSCRIBE, what="-")
    elif not links or not re.match(r"https://[^/\s]+/|http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])[:/]", links[0]):
        yield _wrong(entries.LIST_UNSUBSCRIBE, what="https")
    elif not any(re.match(r"mailto:[^@\s]+@[^@\s]+", link) for link in links[1:]):
        yield _wrong(entries.LIST_UNSUBSCRIBE, what="mailto")


@_headers.rule(entries.ONE_CLICK, "CS", ANYWHERE, "RFC 8058, section 3.1")
def can_be_left_in_one_click(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-LUP-02: exactly the one value."""
    if fields.all("list-unsubscribe-post") != ["List-Unsubscribe=One-Click"]:
        yield _wrong(entries.ONE_CLICK, what=fields.first("list-unsubscribe-post")[:40] or "-")


@_headers.rule(entries.DKIM_COVERS, "VS", ANYWHERE, "RFC 8058, section 4; RFC 6376, 5.4")
def is_signed_where_it_matters(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-DKIMCOV-03: at least one signature covers both unsubscribe fields and all that the reader trusts."""
    wanted = [*_SIGNED, *(["feedback-id"] if fields.all("feedback-id") else [])]
    missing = [[n for n in wanted if n not in _covered(signature)] for signature in fields.all("dkim-signature")]
    if not missing:
        yield _wrong(entries.DKIM_COVERS, what="DKIM-Signature")
    elif all(missing):
        nearest = min(missing, key=len)
        yield _wrong(entries.DKIM_COVERS, what=", ".join(nearest))


def _covered(signature: str) -> set[str]:
    for tag in signature.split(";"):
        name, _, value = tag.partition("=")
        if name.strip() == "h":
            return {covered.strip().lower() for covered in value.split(":")}
    return set()


@_headers.rule(entries.LIST_ID, "CS", ANYWHERE, "RFC 2919; Gmail sender guidelines")
def names_its_list(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-LISTID-04."""
    if not re.fullmatch(r".*<[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+>", fields.first("list-id")):
        yield _wrong(entries.LIST_ID, what="-" if not fields.first("list-id") else "<…>")


@_headers.rule(entries.FEEDBACK_ID, "CS", ANYWHERE, "Gmail feedback loop; Orange above 1,000 a day")
def has_a_feedback_id(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-FBID-05: campaign, segment, type, sender."""
    parts = fields.first("feedback-id").split(":")
    if len(parts) != 4 or not all(re.fullmatch(r"[A-Za-z0-9._-]+", part) for part in parts):
        yield _wrong(entries.FEEDBACK_ID, what="-" if parts == [""] else "a:b:c:d")


@_headers.rule(entries.COMPLAINTS, "CS", ANYWHERE, "RFC 9477, section 3")
def complaints_come_home(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-CFBL-06: where there is a CFBL-Address, it is the author's domain's and signed, or nobody honours it."""
    value = fields.first("cfbl-address")
    if not value:
        return
    address = value.partition(";")[0].strip()
    authors = [author for _, author in getaddresses(fields.all("from"))]
    if not any(same_organisation(address.rpartition("@")[2], author.rpartition("@")[2]) for author in authors):
        yield _wrong(entries.COMPLAINTS, what="From")
    signatures = fields.all("dkim-signature")
    if signatures and not any("cfbl-address" in _covered(signature) for signature in signatures):
        yield _wrong(entries.COMPLAINTS, what="DKIM")


@_headers.rule(entries.AUTOMATIC, "CS", ANYWHERE, "RFC 3834, section 5")
def is_no_automatic_answer(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-PREC-07: never `auto-*`, no precedence but bulk or list."""
    submitted = fields.first("auto-submitted").lower()
    if submitted.startswith("auto-"):
        yield _wrong(entries.AUTOMATIC, what="Auto-Submitted")
    if fields.first("precedence").lower() not in ("", "bulk", "list"):
        yield _wrong(entries.AUTOMATIC, what="Precedence")


@_headers.rule(entries.NO_PERSONAL_DATA, "CS", EU, "GDPR art. 32 and 5(1)(c)")
def names_nobody(fields: HeaderFields) -> Iterator[tuple[Entry, dict[str, str]]]:
    """HDR-NOPII-09: no address outside the fields that need one, none of the recipient's words in an identifier."""
    words = [re.escape(word.casefold()) for word in fields.private if len(word) > 3]
    private = re.compile(rf"(?<![a-z0-9])({'|'.join(words)})(?![a-z0-9])") if words else None
    for name, value in fields.fields:
        # A subject may well greet by name, and the others name people because they must: they are content.
        if name in ("subject", "to", "from", "reply-to", "sender"):
            continue
        said = _decoded(value).casefold()
        addressed = name not in _ADDRESSED and re.search(r"[\w.+-]+@[\w-]+\.\w", said)
        if addressed or (private is not None and private.search(said)):
            yield _wrong(entries.NO_PERSONAL_DATA, name=name)


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeError):
        return value


HEADER_RULES = _headers.rules
