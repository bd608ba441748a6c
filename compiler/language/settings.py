"""What `envoi.yaml` declares: the workspace's organisation, senders, limits, windows and places."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from compiler.language.address import Address
from compiler.language.consent import Ground
from compiler.language.finding import Language, Place
from compiler.language.lane import Lane
from compiler.language.window import Window


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is (`env:NAME` or `file:PATH`, a path relative to the workspace), never the secret."""

    scheme: str
    name: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who writes. `address` is postal, one line. `timezone` is an IANA name."""

    name: str
    address: str
    timezone: str
    siren: str = ""
    privacy_url: str = ""
    privacy_contact: str = ""


@dataclass(frozen=True, slots=True)
class Purpose:
    """GDPR art. 5(1)(b), 6 and 30: what people are written to for, on which grounds, kept how long."""

    name: str
    grounds: tuple[Ground, ...]
    retention_months: int
    place: Place
    product_families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dkim:
    domain: str
    selector: str
    key: SecretRef


@dataclass(frozen=True, slots=True)
class Sender:
    """`from_name` and `from_address` make the From header; `return_path` is the domain of bounces."""

    name: str
    from_name: str
    from_address: Address
    reply_to: Address
    return_path: str
    dkim: Dkim | None
    delivery: str
    place: Place


class Via(StrEnum):
    SMTP = "smtp"
    MX = "mx"
    MAILDIR = "maildir"


class TlsPolicy(StrEnum):
    """REQUIRED: no TLS, no message. OPPORTUNISTIC: where offered. NONE: clear text, only on loopback."""

    REQUIRED = "required"
    OPPORTUNISTIC = "opportunistic"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages leave: a relay (`host`, `port`), the recipients' own servers, or a folder (`path`)."""

    name: str
    via: Via
    place: Place
    host: str = ""
    port: int = 587
    tls: TlsPolicy = TlsPolicy.REQUIRED
    ca: SecretRef | None = None
    username: SecretRef | None = None
    password: SecretRef | None = None
    connections: int = 10
    path: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """`rate` in messages a second, `bandwidth` in bytes a second, `reserve` the share that everyday mail keeps."""

    rate: Fraction = Fraction(20)
    bandwidth: int | None = None
    reserve: Fraction = Fraction(0)
    per_contact: tuple[int, timedelta] | None = None  # messages per span


class Measure(StrEnum):
    """When opens or clicks are measured: never, or with the contact's consent."""

    NONE = "none"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """`url` is the tracker's base URL; `keys` in declared order, numbered from 1: the first signs, all verify."""

    url: str
    opens: Measure
    clicks: Measure
    keys: tuple[tuple[str, SecretRef], ...]


@dataclass(frozen=True, slots=True)
class Brake:
    """Stop above `share` once at least `least` were tried."""

    share: Fraction
    least: int = 1


@dataclass(frozen=True, slots=True)
class Brakes:
    """When the runner stops a plan by itself."""

    hard_bounces: Brake = Brake(Fraction(5, 100), 50)


class Occasion(StrEnum):
    """What the agent writes to people about."""

    STARTED = "started"
    HELD = "held"  # a brake was pulled
    STOPPED = "stopped"  # somebody stopped it
    FINISHED = "finished"
    MISSED_WINDOW = "missed_window"  # some messages did not leave before their last window closed
    REPORT = "report"  # what came back, a day after the end


@dataclass(frozen=True, slots=True)
class Notify:
    """To whom the agent writes, and about what."""

    to: tuple[Address, ...] = field(default=(), repr=False)
    on: tuple[Occasion, ...] = tuple(Occasion)


@dataclass(frozen=True, slots=True)
class BookSettings:
    """`path` is the local clone (without a working tree), `remote` its URL or path, empty where there is none."""

    path: str
    remote: str
    branch: str


@dataclass(frozen=True, slots=True)
class KeyringSettings:
    path: str
    master_key: SecretRef
    suppression_key: SecretRef


@dataclass(frozen=True, slots=True)
class DataRecipient:
    """Who else is given the data, in which country; `safeguard` frames a transfer out of the Union (GDPR art. 46)."""

    name: str
    country: str  # ISO 3166 alpha-2
    safeguard: str
    place: Place


@dataclass(frozen=True, slots=True)
class Record:
    """What the record of processing says beyond purposes (GDPR art. 30): whose data, which, to whom, how kept safe."""

    people: tuple[str, ...]
    data: tuple[str, ...]
    security: str
    recipients: tuple[DataRecipient, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of `envoi.yaml`, defaults filled in. Paths are relative to the workspace's root."""

    language: Language
    organisation: Organisation
    purposes: tuple[Purpose, ...]
    book: BookSettings
    keyring: KeyringSettings
    plans: str
    state: str
    senders: tuple[Sender, ...]
    deliveries: tuple[Delivery, ...]
    limits: Limits
    lanes: tuple[Lane, ...]  # built-in table with the declared changes
    windows: tuple[Window, ...]
    tracking: TrackingSettings | None
    brakes: Brakes
    place: Place
    seeds: tuple[Address, ...] = field(default=(), repr=False)  # where `envoi test` sends to
    notify: Notify = Notify()
    main_branch: str = "main"
    workspace_remote: str = "origin"
    everyone_up_to: int = 20_000  # recipients for whom a plan renders every message, rather than samples
    four_eyes_above: int | None = None  # for every campaign: its own can only be smaller
    record: Record | None = None

    def sender(self, name: str) -> Sender:
        return next(s for s in self.senders if s.name == name)

    def delivery(self, name: str) -> Delivery:
        return next(d for d in self.deliveries if d.name == name)

    def purpose(self, name: str) -> Purpose:
        return next(p for p in self.purposes if p.name == name)

    def window(self, name: str) -> Window:
        return next(w for w in self.windows if w.name == name)

    def lane(self, name: str) -> Lane:
        return next(lane for lane in self.lanes if lane.name == name)
