"""Returns that are written for people alone: who sent them, where the original begins, who is meant."""

from __future__ import annotations

import re

from compiler.language.reasons import heard
from tracker.returns.message import Part, decoded, leaves
from tracker.returns.report import MAX_RECIPIENTS, addresses

_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail[-_. ]?daemon|post[-_]?master|mail[ .]delivery|mail(er)?[ -]?system|delivery (sub)?system"
    r"|system administrator|mail administrator|mail deliver|microsoft (outlook|exchange)|microsoftexchange"
    r"|bounce[-_.]?(notif|handler|daemon)|mailadmin|mail[-_]?server|smtp[-_. ]?(server|daemon)|^<>$|non-delivery"
    r"|undeliver|delivery notif|internet mail|administrateur (systeme|de messagerie)|mdaemon|mailgateway"
)
_SUBJECT = re.compile(
    r"undeliver|non[- ]?deliver|returned mail|failure notice|delivery (status|fail|notif|problem|report|error|delay)"
    r"|deliver(y|ing)? (has )?failed|delivery failure|mail (system|delivery) (error|fail)|failed (mail|delivery)"
    r"|(could not|couldn't|cannot|not) (be )?deliver|error sending|mail error|mail failure|rejected mail|bounced? m"
    r"|returned to sender|message status - undeliverable|warning: (message|could not)|delayed mail|mail delayed"
    r"|undelivered|non remis|non distribu|non delivr|echec (de |d')|impossible de remettre|remise impossible"
    r"|courrier retourne|message retourne|retour de (message|courrier|mail)|avis de non|notification d'etat de remise"
    r"|notification (de |d')(echec|non)|unzustellbar|nicht zugestellt|nicht zustellbar|no entregado|mancata consegna"
    r"|(mail|message|e-mail|delivery) (was )?(refused|rejected|blocked|bounced)|permanent failure|nondeliverable"
    r"|your message .{0,60}(blocked|rejected|bounced)|^failure\b|^failed:|mail could|delivery impossible"
    r"|(not|n't) (a )?member\b|loop alert"
    r"|メールエラー通知|mail failed|returning to sender|non recapite"
)
_FAILURE = re.compile(
    r"(could|can|was|were|is|are|has|have|been|may)( ?not|n't) (be |been |yet been |able to )?(deliver|sen[dt]\b|reach)"
    r"|unable to (deliver|send)|(undeliver|not deliver|non-deliver)(able|ed)|did not reach|had trouble delivering"
    r"|delivery (to|of|has|attempt|failed|failure|error)|deliver(y|ing) your (mail|message)|returned (mail|to sender)"
    r"|permanent (fatal )?error|following (address|recipient)|(message|mail|e-mail) (you sent )?(was|has been|is being)"
    r" (rejected|returned|refused|blocked|bounced|not delivered)|failed (to deliver|permanently|recipient)"
    r"|rejected your message|returning your|transcript of session|error message below|said: [45]\d\d"
    r"|n'a pas pu (etre|atteindre)|n'ont pas pu|n'a pu etre|pas ete (remis|delivre|distribue)|impossible de (remettre"
    r"|delivrer|distribuer|livrer)|echec de la (remise|livraison|distribution)|remise a echoue|non (remis|distribue)"
    r"|livraison a echoue|erreur (permanente|definitive)|retourne a l'expediteur|zugestellt werden|zustellung"
    r"|(group|list|address) you tried to contact|you are not a member|message delayed|has been delayed|undelivered"
    r"|may not exist|smtp error|[<>]{3} ?[45]\d\d\b|sent <<<|duplicated message|the following error|not a member"
    r"|送信てきませんてした|配信てきませんてした|送信に失敗|доставлено"
    r"|rejected by a remote|account is disabled"
)
_TECHNICAL = re.compile(
    r"\b[45]\.\d\.\d{1,3}\b|\b[45]\d\d[ -#]|\bsmtp\b|mailbox|recipient|e-?mail address|mail (server|system)"
    r"|destinataire"
    r"|boite aux lettres|adresse (e-?mail|mail|electronique)|\bmta\b|mailing list|message-id|メールホックス"
)
_SUCCESS = re.compile(
    r"^(relayed|delivered|remis)\b ?:|\((success|relay|relayed|delivered)\)|success(ful)?(ly)? .{0,30}(deliver|report)"
    r"|delivered successfully|^delivery (confirmation|receipt)"
)
# A line from which on the text is the sender's own message, not the server's.
_ORIGINAL = re.compile(
    r"^[ \t>*=_-]{0,80}(?:below this line is a copy|original message(?: headers?| follows)?|message headers follow"
    r"|this is a copy of|unsent message follows|original message follows|message header|returned message"
    r"|begin (?:message|original)|copy of (?:the )?(?:original|your)|a copy of the (?:original |first )?"
    r"|headers? of the (?:original|returned)|the header (?:of|page)|message follows|the original message headers"
    r"|original mail (?:info|as follows)|forwarded message|message original|en-t[eê]tes? (?:du|d'origine|de)"
    r"|ci-dessous .{0,20}copie|copie du message|le message d'origine)"
    r"|^(?:return-path|received|message-id|dkim-signature|mime-version):",
    re.IGNORECASE | re.MULTILINE,
)
_LED = re.compile(
    r"^[ \t>*o-]{0,20}(?:to:[ \t]?|rcpt to:[ \t]?|recipient:[ \t]*)?"
    r"(?:\"[^\"\n@]{1,80}\"[ \t]{0,3}|[^\s\"<@]{1,80}[ \t]{1,3})?"
    r"[<(\"]?([^\s<>\"':;,()\[\]@]{1,255}@[^\s<>\"':;,()\[\]@]{1,255}[^\s<>\"':;,()\[\]@.])[>)\"]?(?:\.{3})?[ \t]{0,4}"
    r"(?:[:;(]|$|[-\u2013] |on \w{3},)",
    re.MULTILINE,
)
_MINE = re.compile(r"(mailer-daemon|postmaster|abuse|helpdesk|support|noreply|no-reply)@", re.IGNORECASE)
_TEXT = 16_000


def from_daemon(message: Part) -> bool:
    """Whether a mail server, not a person, says that it wrote this."""
    if "from" not in message.fields:
        return False
    return bool(_DAEMON.search(heard(decoded(message.field("from"))))) or message.field("from").strip() == ""


def is_report(message: Part) -> bool:
    """Whether it bears a mark that no person's mail has: a report's type, no return path, failed recipients."""
    if message.kind == "multipart/report" or "x-failed-recipients" in message.fields:
        return True
    return message.field("return-path").strip() in ("<>", "<MAILER-DAEMON>") or from_daemon(message)


def told(message: Part) -> str:
    """The server's words: the parts for people up to where the original message begins."""
    texts = [part for part in leaves(message) if _is_telling(part)]
    plain = [part for part in texts if part.kind != "text/html"] or texts
    if message.parts:
        plain = plain[:2]  # whatever comes later is the original's
    pieces: list[str] = []
    for part in plain:
        text = part.text[:_TEXT]
        original = _ORIGINAL.search(text)
        pieces.append(text[: original.start()] if original and original.start() > 0 else "" if original else text)
    return "\n".join(pieces)


def _is_telling(part: Part) -> bool:
    attached = part.field("content-disposition").lower().startswith("attachment")
    return part.kind.startswith(("text/", "multipart/")) and part.kind != "text/rfc822-headers" and not attached


def speaks_of_failure(message: Part, text: str) -> bool:
    """Whether subject or text say that something was not delivered."""
    return has_failed_subject(message) or bool(_FAILURE.search(heard(text)))


def is_technical(text: str) -> bool:
    """Whether a text speaks of mail as a server does: a parcel that could not be delivered is no returned mail."""
    return bool(_TECHNICAL.search(heard(text)))


def has_failed_subject(message: Part) -> bool:
    """Whether the subject is one that servers give to returned mail."""
    subject = heard(decoded(message.field("subject")))
    return bool(_SUBJECT.search(subject)) and not subject.startswith(("re:", "re :", "fw:", "fwd:", "tr:", "tr :"))


def speaks_of_success(message: Part) -> bool:
    """Whether the subject is one of a delivery that worked."""
    return bool(_SUCCESS.search(heard(decoded(message.field("subject")))))


def recipients(message: Part, text: str) -> list[tuple[str, str]]:
    """Those who are meant, each with what is said of them."""
    own = {each.lower() for name in ("to", "from", "delivered-to") for each in addresses(message.field(name))}
    failed = addresses(" ".join(message.fields.get("x-failed-recipients", [])))
    led = [found for found in _LED.finditer(text) if _may_be_meant(found[1], own)]
    if led:
        return _blocks(text, led, failed)
    named = failed or [each for each in addresses(text) if _may_be_meant(each, own)][:1]
    return [(each, text) for each in named[:MAX_RECIPIENTS]] or [(_addressee(message), text)]


def _may_be_meant(address: str, own: set[str]) -> bool:
    return address.lower() not in own and not _MINE.match(address)


def _blocks(text: str, led: list[re.Match[str]], failed: list[str]) -> list[tuple[str, str]]:
    """The text cut where a line begins with an address; a single recipient has it all."""
    said: dict[str, str] = {}
    for found, after in zip(led, [*led[1:], None], strict=True):
        block = text[found.start() : after.start() if after else len(text)]
        said[found[1].lower()] = said.get(found[1].lower(), "") + block
    names = {found[1].lower(): found[1] for found in led}
    if failed:
        wanted = {each.lower() for each in failed}
        said = {key: block for key, block in said.items() if key in wanted} or {failed[0].lower(): text}
        names |= {each.lower(): each for each in failed}
    if len(said) == 1:
        return [(names[next(iter(said))], text)]
    return [(names[key], block) for key, block in list(said.items())[:MAX_RECIPIENTS]]


def _addressee(message: Part) -> str:
    """Whom the original message was for, where the server does not say it."""
    for part in leaves(message):
        if part.kind in ("message/rfc822", "text/rfc822-headers"):
            found = re.search(r"^to:(.{0,400})", part.text[:20_000], re.IGNORECASE | re.MULTILINE)
            named = addresses(found[1]) if found else []
            if named:
                return named[0]
    return ""
