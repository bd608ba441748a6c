"""When to stop by itself and call a person: too many dead addresses, a block, credentials, content. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.language.finding import Text
from compiler.language.reply import ReplyClass
from compiler.language.settings import Brakes
from runner.ledger import Fact, FactKind, lane_scope, plan_scope
from runner.transport.outcome import EndWhy

#: Refusals for content after which the message itself must be looked at (table 3a).
CONTENT_REFUSALS = 3
#: Failures of TLS in a row: one may be a cut handshake, three are a certificate.
TLS_FAILURES = 3

#: Classes that speak of us, not of the recipient: even as 5xx the slot is kept for after the cure.
OURS = frozenset(
    {
        ReplyClass.THROTTLE,
        ReplyClass.RECIPIENT_RATE,
        ReplyClass.LANE_BLOCK,
        ReplyClass.AUTH,
        ReplyClass.CONFIG,
    }
)


@dataclass(frozen=True, slots=True)
class Pull:
    """A brake that was pulled: what stops, and why."""

    scope: str
    reason: str


class BrakePedal:
    """Watches one plan. `before` counts facts by (kind, reason) since the plan was last resumed."""

    def __init__(self, plan: str, brakes: Brakes, before: Mapping[tuple[str, str], int]) -> None:
        self._plan = plan_scope(plan)
        self._brakes = brakes
        self._tried = sum(n for (kind, _), n in before.items() if kind in (FactKind.SENT, FactKind.REFUSED))
        self._hard = before.get((FactKind.REFUSED, ReplyClass.DEAD), 0)
        self._content = before.get((FactKind.REFUSED, ReplyClass.CONTENT), 0)
        self._tls = 0

    def heard(self, fact: Fact, lane: str) -> Pull | None:
        """What a fact about a message of `lane` pulls, if anything."""
        if fact.kind in (FactKind.SENT, FactKind.REFUSED):
            self._tried += 1
            self._tls = 0
        match fact.reason:
            case ReplyClass.LANE_BLOCK:
                return Pull(lane_scope(lane), ReplyClass.LANE_BLOCK)
            case ReplyClass.AUTH | ReplyClass.CONFIG:
                return Pull(self._plan, fact.reason)
            case ReplyClass.CONTENT if fact.kind is FactKind.REFUSED:
                self._content += 1
                return Pull(self._plan, ReplyClass.CONTENT) if self._content >= CONTENT_REFUSALS else None
            case ReplyClass.DEAD if fact.kind is FactKind.REFUSED:
                self._hard += 1
        return self._hard_bounces()

    def _hard_bounces(self) -> Pull | None:
        brake = self._brakes.hard_bounces
        too_many = self._tried >= brake.least and self._hard > brake.share * self._tried
        return Pull(self._plan, "hard_bounces") if too_many else None

    def ended(self, why: EndWhy, reply_class: ReplyClass) -> Pull | None:
        """What a connection that ended badly pulls. It had no message, so it speaks of the whole delivery."""
        if why is EndWhy.AUTH or reply_class in (ReplyClass.AUTH, ReplyClass.CONFIG):
            return Pull(self._plan, ReplyClass.AUTH)
        if reply_class is ReplyClass.LANE_BLOCK:
            return Pull(self._plan, ReplyClass.LANE_BLOCK)
        if why is EndWhy.TLS:
            self._tls += 1
            return Pull(self._plan, "tls") if self._tls >= TLS_FAILURES else None
        return None


_TROUBLES = {
    EndWhy.CONNECT: Text(
        "le relais ne répond pas (deliveries dans envoi.yaml)",
        "the relay does not answer (deliveries in envoi.yaml)",
    ),
    EndWhy.TIMEOUT: Text(
        "le relais répond trop lentement",
        "the relay answers too slowly",
    ),
    EndWhy.SERVER: Text(
        "le relais ne veut pas de connexion pour l'instant",
        "the relay takes no connection for now",
    ),
    EndWhy.TLS: Text(
        "le chiffrement avec le relais échoue (certificat, tls.ca)",
        "encryption with the relay fails (certificate, tls.ca)",
    ),
}
_REASONS: dict[str, Text] = {
    "command": Text("arrêté à la main", "stopped by hand"),
    "hard_bounces": Text(
        "trop d'adresses mortes : vérifier la liste et sa source", "too many dead addresses: check the list's source"
    ),
    ReplyClass.LANE_BLOCK.value: Text(
        "le serveur nous bloque (réputation, liste noire) : voir avec lui avant de reprendre",
        "the server blocks us (reputation, block list): settle that before resuming",
    ),
    ReplyClass.AUTH.value: Text(
        "authentification refusée (identifiants du relais, SPF, DKIM ou DMARC)",
        "authentication refused (relay credentials, SPF, DKIM or DMARC)",
    ),
    ReplyClass.CONFIG.value: Text(
        "le serveur refuse notre configuration (HELO, expéditeur)",
        "the server refuses our configuration (HELO, sender)",
    ),
    ReplyClass.CONTENT.value: Text(
        f"message refusé pour son contenu {CONTENT_REFUSALS} fois",
        f"message refused for its content {CONTENT_REFUSALS} times",
    ),
    "in_doubt": Text(
        "chaque connexion a perdu un message après son point final : `envoi resolve`, et voir avec le serveur",
        "every connection lost a message after its final dot: `envoi resolve`, and ask the server's people",
    ),
    "tls": Text(
        "connexion chiffrée impossible (certificat ou STARTTLS du relais)",
        "no encrypted connection (the relay's certificate or STARTTLS)",
    ),
}


def scope_text(scope: str) -> Text:
    """What a stop holds back, for people."""
    sort, _, name = scope.partition(":")
    if sort == "lane":
        return Text(f"voie {name}", f"lane {name}")
    if sort == "plan":
        return Text(f"plan {name[:12]}", f"plan {name[:12]}")
    return Text("tout ce que cette machine envoie", "all that this host sends")


def trouble_text(why: EndWhy) -> Text | None:
    """What people are told of a delivery whose connections end so; None where its stop says it, or nothing is wrong."""
    return _TROUBLES.get(why)


def reason_text(reason: str) -> Text:
    """Why something stands still, for people."""
    return _REASONS.get(reason, Text(reason, reason))
