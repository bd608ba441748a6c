"""A plan: who gets what, when at the earliest, and why the others do not. Frozen, and named by its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compiler.language.canonical import Json


class Exclusion(StrEnum):
    """Why somebody in the segment is not in the plan, or is skipped since: a closed list."""

    UNSUBSCRIBED = "unsubscribed"
    OBJECTED = "objected"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    NO_BASIS = "no_basis"
    NO_PROOF = "no_proof"
    NO_SOURCE = "no_source"
    NO_NOTICE = "no_notice"  # GDPR art. 14
    UNCONFIRMED = "unconfirmed"
    RESTRICTED = "restricted"
    MINOR = "minor"
    DUPLICATE_ADDRESS = "duplicate_address"
    INVALID = "invalid"
    CAPPED = "capped"
    RETENTION = "retention"
    HOLDOUT = "holdout"
    ALREADY_SENT = "already_sent"
    ERASED = "erased"
    TOO_LITTLE_DATA = "too_little_data"  # a data block found fewer rows than `at_least`
    NOT_RENDERED = "not_rendered"
    CHANGED = "changed"
    EXPIRED = "expired"  # past finish_by


@dataclass(frozen=True, slots=True)
class Excluded:
    contact: str
    reason: Exclusion


@dataclass(frozen=True, slots=True)
class Slot:
    """One message to be: `number` from 0 in the plan's order. `rows` are line numbers in data.jsonl per data block.

    `seal` opens, under the contact's key, to the address and the values that the template merges.
    """

    number: int
    contact: str
    variant: str
    language: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    seal: bytes
    opens: bool  # tracking consent at compile time
    clicks: bool


@dataclass(frozen=True, slots=True)
class Shard:
    """One lane in one time zone: leased, paced and windowed as one."""

    number: int
    lane: str
    zone: str
    first: int  # slots first … first + count - 1
    count: int
    windows: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """What a reviewer approves by merging: written beside the campaign by the keyed host alone."""

    campaign: str
    edition: str
    digest: str
    compiled_on: date
    counts: tuple[tuple[str, str], ...]  # below 5 masked as "<5"
    inputs: tuple[tuple[str, str], ...]  # path → sha256: hosted CI checks them
    commit: str = ""  # information only

    def to_json(self) -> dict[str, Json]:
        return {
            "format": 1,
            "campaign": self.campaign,
            "edition": self.edition,
            "digest": self.digest,
            "compiled_on": self.compiled_on.isoformat(),
            "counts": dict(self.counts),
            "inputs": dict(self.inputs),
            "commit": self.commit,
        }


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a template: `{{ envoi.link(number) }}` writes it. `target` may hold Jinja expressions."""

    number: int
    target: str


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One variant in one language, as Jinja text: what the plan freezes and the runner renders."""

    subject: str
    preview: str
    html: str
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSender:
    """The sender's part of the plan: no secret."""

    name: str
    from_name: str
    from_address: str
    reply_to: str
    return_path: str
    dkim_domain: str
    dkim_selector: str
    delivery: str


@dataclass(frozen=True, slots=True)
class PlanLane:
    """`rate` in messages per second as `n/d`, empty where only the global limit counts."""

    name: str
    connections: int
    per_connection: int
    rate: str


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """How many were left after one clause."""

    clause: str
    left: int


class Rendered(StrEnum):
    """For whom messages were rendered when the plan was made."""

    EVERYONE = "everyone"
    SAMPLES = "samples"  # every branch of the templates, the worst cases, and some drawn


@dataclass(frozen=True, slots=True)
class Rendering:
    """`messages` were rendered; everyone's, had there been at most `everyone_up_to` recipients."""

    whom: str = Rendered.EVERYONE.value
    messages: int = 0
    everyone_up_to: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """manifest.json: everything that the digest covers, directly or by the hashes in `parts`."""

    campaign: str
    campaign_path: str
    edition: str
    compiled_on: date
    purpose: str
    organisation: tuple[tuple[str, str], ...]  # name address timezone privacy_url privacy_contact siren
    sender: PlanSender
    list_id: str  # RFC 2919: "Name <purpose.domain>"
    start: datetime
    finish_by: datetime | None
    languages: tuple[str, ...]
    variants: tuple[tuple[str, int], ...]
    segment: str
    lanes: tuple[PlanLane, ...]
    rate: str  # messages per second, n/d
    bandwidth: int | None  # bytes per second
    reserve: str
    shards: tuple[Shard, ...]
    recipients: int
    selected: int
    exclusions: tuple[tuple[str, int], ...]
    trackers: tuple[tuple[str, int], ...]  # opens, clicks: how many messages carry them
    tracking_url: str
    utm: tuple[tuple[str, str], ...]
    reason_text: tuple[tuple[str, str], ...]  # per language
    approval: tuple[tuple[str, str], ...]  # max_age_seconds, drift n/d
    funnel: tuple[FunnelStep, ...]
    toolchain: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]  # path → sha256
    book_tree: str
    history: str
    findings: tuple[str, ...]  # "CODE place", those that do not stop
    parts: tuple[tuple[str, str, int], ...]  # path, sha256 and size of the uncompressed content
    supersedes: str = ""
    rendered: Rendering = Rendering()
    pictures: tuple[tuple[str, str, int], ...] = ()  # path in the workspace, name under which it is served, size
    format_version: int = 1
