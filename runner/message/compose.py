"""The Composer: a slot and its opened values become the octets of one message.

A pure function of the plan, the slot, the values, the instant, the attempt and what may be measured: any message can
be made again byte for byte. Message-ID and Idempotency-Key depend on campaign, edition and contact alone, so that they
are the same for every attempt and every plan; only the return path carries the attempt.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from compiler.language.address import Address
from compiler.language.contact import Value
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.language.plan import Manifest, MessageTemplate, Slot
from compiler.language.token import Purpose, Signer
from compiler.merge import common_values, personal_values, rows_of
from compiler.render import Renderer
from runner.message.dkim import DkimKey, signatures
from runner.message.headers import date_text, mailbox, plain, unstructured
from runner.message.links import Links, LinkSettings

_END = b".\r\n"
_LEADING_DOT = re.compile(rb"\r\n\.(?!\r\n\Z)")  # but the final one; a fifth of what bytes.replace takes
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class PlanContent(Protocol):
    """What a Composer reads of a plan (`archive.Plan` is one)."""

    @property
    def digest(self) -> str: ...
    @property
    def manifest(self) -> Manifest: ...
    def rows(self) -> Sequence[Mapping[str, Value]]: ...
    def template(self, variant: str, language: str) -> MessageTemplate: ...


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready for the wire: `body` is dot-stuffed and ends in the final dot line (RFC 5321 4.5.2)."""

    mail_from: str
    rcpt: str = field(repr=False)
    body: bytes = field(repr=False)
    message_id: str
    size: int  # octets of the message itself
    smtputf8: bool = False

    @property
    def message(self) -> bytes:
        """The message itself, as an `.eml` file holds it."""
        return self.body[: -len(_END)].replace(b"\r\n..", b"\r\n.")


class Composer:
    """Composes a plan's messages. Not reentrant: one a process or thread."""

    def __init__(
        self,
        plan: PlanContent,
        *,
        key: bytes,
        key_number: int = 1,
        dkim: DkimKey | None = None,
        second: DkimKey | None = None,
    ) -> None:
        """`key` and its number sign the links, `dkim` and `second` the message.

        Raises UsageProblem for a plan without a tracker.
        """
        manifest = plan.manifest
        if not manifest.tracking_url:
            raise UsageProblem(
                Text(
                    "tracking.url manque : sans lui aucun lien de désinscription",
                    "tracking.url is missing: without it there is no unsubscribe link",
                )
            )
        self._plan = plan
        self._manifest = manifest
        self._key = key
        self._key_number = key_number
        self._dkim = tuple(k for k in (dkim, second) if k is not None)
        self._rows = plan.rows()
        self._renderers: dict[tuple[str, str], Renderer] = {}
        self._links = LinkSettings(
            manifest.tracking_url.rstrip("/"), manifest.purpose, manifest.sender.return_path, manifest.utm
        )
        self._common: dict[str, dict[str, object]] = {}
        self._frame = _Frame.of(manifest, plan.digest)

    def compose(
        self, slot: Slot, values: Mapping[str, Value], *, at: datetime, attempt: int, opens: bool, clicks: bool
    ) -> Composed:
        """The whole message. `opens` and `clicks`: whether they may be measured, as of now.

        Raises RenderError and EmptyMerge as rendering does, HeaderProblem, AddressError.
        """
        address = Address.parse(str(values["address"]))
        signer = self._signer(slot)
        links = Links(self._links, signer, address=address, language=slot.language, measured=(opens, clicks))
        rendered = self._renderer(slot).render(self._values(slot, values, links), links)
        key = idempotency_key(self._manifest.campaign, self._manifest.edition, slot.contact)
        fields = self._frame.fields(str(address), rendered.subject, key, links, at)
        frame = self._frame
        parts = (frame.before_text, rendered.text, frame.before_html, rendered.html, frame.after_html)
        signed = signatures(self._dkim, fields, b"".join(parts)) if self._dkim else b""
        whole = b"".join((signed, *fields, b"\r\n", *parts, _END))
        return Composed(
            mail_from=self._return_path(signer, attempt),
            rcpt=str(address),
            body=_LEADING_DOT.sub(b"\r\n..", whole),
            message_id=frame.message_id(key),
            size=len(whole) - len(_END),
            smtputf8=address.needs_smtputf8,
        )

    def compose_plain(
        self, slot: Slot, values: Mapping[str, Value], *, at: datetime, opens: bool, clicks: bool
    ) -> EmailMessage:
        """The same message by the standard library, unsigned: what `compose` is compared with. Ten times as slow."""
        address = Address.parse(str(values["address"]))
        signer = self._signer(slot)
        links = Links(self._links, signer, address=address, language=slot.language, measured=(opens, clicks))
        rendered = self._renderer(slot).render_plain(self._values(slot, values, links), links)
        key = idempotency_key(self._manifest.campaign, self._manifest.edition, slot.contact)
        message = EmailMessage(policy=SMTP)
        for line in self._frame.fields(str(address), rendered.subject, key, links, at):
            name, _, value = line.decode().partition(": ")
            if not name.startswith(("MIME-", "Content-", "Subject")):
                message[name] = value.replace("\r\n", "")
        message["Subject"] = rendered.subject
        message.set_content(rendered.text)
        message.add_alternative(rendered.html, subtype="html")
        return message

    def _signer(self, slot: Slot) -> Signer:
        return Signer(self._key, self._key_number, self._plan.digest, slot.contact)

    def _return_path(self, signer: Signer, attempt: int) -> str:
        return f"{signer.mailbox(Purpose.RETURN, attempt)}@{self._links.return_path}"

    def _renderer(self, slot: Slot) -> Renderer:
        renderer = self._renderers.get((slot.variant, slot.language))
        if renderer is None:
            renderer = Renderer(self._plan.template(slot.variant, slot.language))
            self._renderers[slot.variant, slot.language] = renderer
        return renderer

    def _values(self, slot: Slot, values: Mapping[str, Value], links: Links) -> dict[str, object]:
        common = self._common.get(slot.language)
        if common is None:
            common = self._common[slot.language] = common_values(self._manifest, slot.language)
        return personal_values(
            common,
            values,
            rows_of(slot.rows, self._rows),
            unsubscribe_url=links.unsubscribe_url,
            tracking_url=links.tracking_url,
        )


def idempotency_key(campaign: str, edition: str, contact: str) -> str:
    """The name of "this campaign to this contact": 40 hexadecimal digits that say neither."""
    text = f"envoi message v1\0{campaign}\0{edition}\0{contact}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every message of a plan has in common, encoded once."""

    constant: tuple[bytes, ...]
    domain: str
    before_text: bytes
    before_html: bytes
    after_html: bytes

    @classmethod
    def of(cls, manifest: Manifest, digest: str) -> _Frame:
        sender = manifest.sender
        boundary = f"=_envoi_{digest[:16]}"  # "=_" cannot stand in quoted-printable
        part = "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        feedback = (manifest.campaign, manifest.segment, manifest.purpose, sender.name)
        return cls(
            constant=(
                mailbox("From", sender.from_name, sender.from_address),
                mailbox("Reply-To", "", sender.reply_to),
                plain("MIME-Version", "1.0"),
                plain("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
                _list_id(manifest.list_id),
                plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),  # RFC 8058 3.1: exactly this
                plain("Feedback-ID", ":".join(_UNFIT.sub("-", name) for name in feedback)),
            ),
            domain=sender.from_address.rpartition("@")[2],
            before_text=f"--{boundary}\r\n{part.format('plain')}".encode(),
            before_html=f"\r\n--{boundary}\r\n{part.format('html')}".encode(),
            after_html=f"\r\n--{boundary}--\r\n".encode(),
        )

    def message_id(self, key: str) -> str:
        return f"<{key}@{self.domain}>"

    def fields(self, address: str, subject: str, key: str, links: Links, at: datetime) -> list[bytes]:
        """Every header field, whole lines."""
        return [
            plain("Date", date_text(at)),
            plain("To", address),
            unstructured("Subject", subject),
            plain("Message-ID", self.message_id(key)),
            *self.constant,
            # RFC 2369 and RFC 8058: the page first, mail for those without a browser.
            f"List-Unsubscribe: <{links.unsubscribe_url}>,\r\n <{links.mailto}>\r\n".encode("ascii"),
            plain("Idempotency-Key", key),
        ]


def _list_id(text: str) -> bytes:
    """RFC 2919: a phrase and an identifier in brackets."""
    display, _, identifier = text.rpartition("<")
    return mailbox("List-Id", display.strip(), identifier.rstrip(">").strip())
