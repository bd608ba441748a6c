"""What a server's reply means for the contact and for the lane.

A 5xx is not a dead address: it is as often our address, our signature or our pace. Rules are tried provider first,
then generic; the phase guard has the last word (before RCPT no reply can be about the recipient).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from compiler.language.reply import Phase, Reply, ReplyClass


@dataclass(frozen=True, slots=True)
class Judgement:
    """A reply's class, and how long its rule asks to hold the lane (None: the class's own habit)."""

    reply_class: ReplyClass
    hold: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`host` is searched in the server's name (empty: any), `said` in "CODE ENHANCED text"; both ignore case."""

    host: str
    said: re.Pattern[str]
    judgement: Judgement


def _rule(host: str, said: str, reply_class: ReplyClass, hold: timedelta | None = None) -> Rule:
    return Rule(host, re.compile(said, re.IGNORECASE), Judgement(reply_class, hold))


_TWO_HOURS = timedelta(hours=2)
_ORANGE = r"(orange|wanadoo)\.fr$|laposte\.net$"
_OFR = r"\b(OFR|LPN|LPNAAA|OUK)\d{0,3}_?"
_SFR = r"sfr\.fr$"
_FREE = r"free\.fr$"
_GOOGLE = r"google(mail)?\.com$"
_MICROSOFT = r"outlook\.com$|mx\.microsoft$"
_YAHOO = r"yahoodns\.net$"
_APPLE = r"icloud\.com$"
#: Texts that name a dead mailbox whatever the code: the only ones believed after DATA.
_DEAD_TEXT = (
    r"user unknown|unknown (user|recipient)|no such (user|mailbox)|does not exist|invalid recipient"
    r"|doesn't have a .* account|no longer valid|mailbox is disabled|mailbox not found"
)

RULES: tuple[Rule, ...] = (
    _rule(_ORANGE, _OFR + r"104\b|\bLPN104\b", ReplyClass.THROTTLE),
    _rule(_ORANGE, _OFR + r"(105|108|109|423|424|503|505|999)\b", ReplyClass.THROTTLE),
    _rule(_ORANGE, _OFR + r"(101|102|103|510|630)\b", ReplyClass.LANE_BLOCK),
    _rule(_ORANGE, _OFR + r"(107|2\d\d|305|402|403|405|415|421)\b", ReplyClass.CONFIG),
    _rule(_ORANGE, _OFR + r"(401|517|535)\b|SPF/DNS de votre nom de domaine", ReplyClass.AUTH),
    _rule(_ORANGE, _OFR + r"416\b", ReplyClass.DEAD),
    _rule(_ORANGE, _OFR + r"(420|426)\b", ReplyClass.DEAD),  # archived, blocked account
    _rule(_ORANGE, _OFR + r"417\b", ReplyClass.FULL),
    _rule(_ORANGE, _OFR + r"(506|513|514)\b", ReplyClass.CONTENT),
    _rule(_SFR, r"SFR_IN_\d0[1-5]\b|too many errors", ReplyClass.THROTTLE, _TWO_HOURS),
    _rule(_FREE, r"^550 .*(spam|virus) detected", ReplyClass.CONTENT),
    _rule(_FREE, r"^550 5\.2\.1 .*inactivity", ReplyClass.DEAD),
    _rule(
        _GOOGLE,
        r"^(421|451) (\S+ )?4\.7\.(23|24|26|27|29|30|32)\b|^550 5\.7\.(24|25|26|27|29|30)\b",
        ReplyClass.AUTH,
    ),
    _rule(_GOOGLE, r"^421 4\.7\.(0|28)\b|^550 5\.7\.28\b|unusual rate", ReplyClass.THROTTLE),
    _rule(_GOOGLE, r"very low reputation", ReplyClass.LANE_BLOCK),
    _rule(_GOOGLE, r"^450 4\.2\.1\b|^550 5\.2\.1 .*rate that prevents", ReplyClass.RECIPIENT_RATE),
    _rule(_GOOGLE, r"^550 5\.2\.1 .*(disabled|inactive)", ReplyClass.DEAD),
    _rule(_GOOGLE, r"likely unsolicited|content presents a potential security", ReplyClass.CONTENT),
    _rule(
        _MICROSOFT,
        r"4\.7\.65[0-2]\b|RP-00\d|4\.7\.(5|6|8)\d\d .*try again later|Server busy"
        r"|exceeded the maximum number of connections",
        ReplyClass.THROTTLE,
    ),
    _rule(
        _MICROSOFT,
        r"S3150|S3140|block list|banned send|OU-00[12]|SC-00[1-4]|DY-00[12]|S8002",
        ReplyClass.LANE_BLOCK,
    ),
    _rule(_MICROSOFT, r"5\.7\.(515|509|23)\b|5\.7\.25\b|4\.7\.26\b", ReplyClass.AUTH),
    _rule(_MICROSOFT, r"^554 5\.2\.12[12]\b", ReplyClass.RECIPIENT_RATE),
    _rule(_MICROSOFT, r"^550 5\.5\.0 .*mailbox unavailable|^550 5\.1\.1|^550 5\.4\.1 .*Access denied", ReplyClass.DEAD),
    _rule(_YAHOO, r"\[TSS?(09|11)\]|permanently deferred|\[BL\d\d\]|\[PH01\]|\[TSS07\]", ReplyClass.LANE_BLOCK),
    _rule(
        _YAHOO,
        r"\[(TSS?|IPTS)0?\d+\]|unexpected volume|Max message per connection",
        ReplyClass.THROTTLE,
        _TWO_HOURS,
    ),
    _rule(_YAHOO, r"5\.7\.9 .*(unauthenticated|policy reasons)", ReplyClass.AUTH),
    _rule(_YAHOO, r"doesn't have a .* account|no longer valid|mailbox is disabled|mailbox not found", ReplyClass.DEAD),
    _rule(_APPLE, r"excessive volume|\[(BS02|HCM1)\]|too many errors", ReplyClass.THROTTLE),
    _rule(_APPLE, r"\[HME1\]|DMARC policy", ReplyClass.AUTH),
    _rule(_APPLE, r"Spamhaus|dnsbl-lookup|\[CS01\]|not accepting connections", ReplyClass.LANE_BLOCK),
    _rule(
        "",
        r"spamhaus|dnsbl|blocklist|blacklist|blocked using|listed (at|in|on)\b|poor reputation",
        ReplyClass.LANE_BLOCK,
    ),
    _rule("", r"too many (connections|messages)|rate.?limit|slow down|throttl", ReplyClass.THROTTLE),
    _rule("", r"greylist|grey-list|try again (later|in)", ReplyClass.TEMP),
    _rule("", r"SPF|DKIM|DMARC|PTR record|reverse DNS|authenticat", ReplyClass.AUTH),
    _rule("", r"over ?quota|mailbox (is )?full|quota exceeded|^[45]\d\d [45]\.2\.2\b", ReplyClass.FULL),
    _rule(
        "",
        r"^5\d\d 5\.1\.(1|2|3|10)\b|user unknown|unknown (user|recipient)|no such (user|mailbox)|does not exist"
        r"|invalid recipient",
        ReplyClass.DEAD,
    ),
    _rule("", r"^5\d\d 5\.1\.6\b", ReplyClass.MOVED),
    _rule("", r"^5\d\d 5\.2\.1\b", ReplyClass.DEAD),
    _rule("", r"spam|5\.7\.1\b|5\.6\.", ReplyClass.CONTENT),
    _rule("", r"^4", ReplyClass.TEMP),
    _rule("", r"^5", ReplyClass.UNKNOWN_PERM),
)

#: Classes that speak of one recipient.
_ABOUT_RECIPIENT = frozenset(
    {ReplyClass.DEAD, ReplyClass.MOVED, ReplyClass.FULL, ReplyClass.RECIPIENT_RATE, ReplyClass.UNKNOWN_PERM}
)
_BEFORE_RCPT = frozenset({Phase.CONNECT, Phase.EHLO, Phase.STARTTLS, Phase.AUTH, Phase.MAIL})
_AFTER_DATA = frozenset({Phase.DATA, Phase.DOT})
_dead_text = re.compile(_DEAD_TEXT, re.IGNORECASE)
# RFC 5321 4.2.3: these speak of the command, not of the mailbox or the message.
_OUR_SYNTAX = frozenset({500, 501, 502, 503, 504, 530, 555})


def classify(mx_or_host: str, phase: Phase, reply: Reply) -> ReplyClass:
    """The class of a reply from a server of that name in that phase."""
    return judge(mx_or_host, phase, reply).reply_class


def judge(mx_or_host: str, phase: Phase, reply: Reply) -> Judgement:
    """The class of a reply, with the wait that its rule asks for."""
    if reply.accepted or reply.code == 354:
        return Judgement(ReplyClass.OK)
    said = f"{reply.code} {reply.enhanced} {reply.text}" if reply.enhanced else f"{reply.code} {reply.text}"
    host = mx_or_host.rstrip(".")
    matching = (
        rule.judgement
        for rule in RULES
        if (not rule.host or re.search(rule.host, host, re.IGNORECASE)) and rule.said.search(said)
    )
    found = next(matching, Judgement(ReplyClass.TEMP))  # a 3xx out of place
    return _guard(found, phase, reply, said)


def _guard(found: Judgement, phase: Phase, reply: Reply, said: str) -> Judgement:
    """What a phase allows a reply to mean."""
    if found.reply_class is ReplyClass.UNKNOWN_PERM and reply.code in _OUR_SYNTAX and phase is not Phase.RCPT:
        return Judgement(ReplyClass.CONFIG)
    if phase is Phase.AUTH and reply.permanent and found.reply_class in _ABOUT_RECIPIENT:
        return Judgement(ReplyClass.AUTH)
    if phase in _BEFORE_RCPT and found.reply_class in _ABOUT_RECIPIENT:
        return Judgement(ReplyClass.LANE_BLOCK if reply.permanent else ReplyClass.THROTTLE)
    if phase in _AFTER_DATA and found.reply_class is ReplyClass.DEAD and not _dead_text.search(said):
        return Judgement(ReplyClass.UNKNOWN_PERM)
    if phase in _AFTER_DATA and found.reply_class is ReplyClass.MOVED:
        return Judgement(ReplyClass.UNKNOWN_PERM)
    return found


# Begins only where a word does: tried once a word, however long a server's line.
_ADDRESS = re.compile(r"(?<![^\s<>()\[\]\"':;,])[^\s<>()\[\]\"':;,]+@[^\s<>()\[\]\"':;,]+")
_WORD = re.compile(r"\w{3,}")


def scrub(reply: Reply, rcpt: str) -> Reply:
    """The same reply without addresses, the recipient's local part, its words or their domain (a sole trader's is
    their name): what may be stored or logged.
    """
    text = scrub_text(reply.text, rcpt)
    return reply if text == reply.text else Reply(reply.code, reply.enhanced, text)


def scrub_text(text: str, rcpt: str) -> str:
    """A server's words as `scrub` leaves them."""
    text = _ADDRESS.sub("<address>", text) if "@" in text else text
    said = text.casefold()
    if words := [word for word in _words_of(rcpt) if word.casefold() in said]:
        text = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", "<address>", text, flags=re.IGNORECASE)
    return text


def _words_of(rcpt: str) -> list[str]:
    """The words by which a text would tell who the recipient is, longest first."""
    local, _, domain = rcpt.rpartition("@")
    spellings = {local, domain, domain.rpartition(".")[0], *_WORD.findall(local)}
    return sorted((word for word in spellings if len(word) > 1), key=lambda word: (-len(word), word))
