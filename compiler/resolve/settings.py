"""`kind: workspace` → Settings, every default filled in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from ipaddress import ip_address
from urllib.parse import urlsplit

from compiler.language.catalogue import resolve as catalogue
from compiler.language.consent import Ground
from compiler.language.finding import Language, Place, Text
from compiler.language.lane import BUILT_IN
from compiler.language.lane import Lane as LaneValue
from compiler.language.settings import (
    BookSettings,
    Brakes,
    DataRecipient,
    Delivery,
    Dkim,
    KeyringSettings,
    Limits,
    Measure,
    Notify,
    Occasion,
    Organisation,
    Purpose,
    Record,
    SecretRef,
    Sender,
    Settings,
    TlsPolicy,
    TrackingSettings,
    Via,
)
from compiler.language.window import RECIPIENT, Days, Holidays, Hours, Window
from compiler.resolve import values
from compiler.resolve.node import Node
from compiler.zones import known_zones

DEFAULT_ZONE = "Europe/Paris"
_ALL_GROUNDS = (Ground.CONSENT, Ground.SIMILAR_PRODUCTS, Ground.LEGITIMATE_INTEREST)
_WORKDAYS = (0, 1, 2, 3, 4)
_NO_REMOTE = ""
_IDLE = {Via.SMTP: ("path",), Via.MAILDIR: ("host", "port", "tls", "username", "password"), Via.MX: ()}


def settings_of(node: Node) -> Settings | None:
    """The workspace's settings; None where a sender has no address or no delivery, so that nothing could be sent."""
    deliveries = tuple(_delivery(name, each) for name, each in sorted(node.table("deliveries")))
    senders = [_sender(name, each, [d.name for d in deliveries]) for name, each in sorted(node.table("senders"))]
    usable = tuple(sender for sender in senders if sender is not None)
    if len(usable) < len(senders):
        return None
    return Settings(
        language=Language(node.text("language", "fr")),
        organisation=_organisation(node.child("organisation")),
        purposes=_purposes(node),
        book=_book(node.child("book")),
        keyring=_keyring(node.child("keyring")),
        plans=node.child("plans").text("path", "../plans"),
        state=node.child("state").text("path", "../state"),
        senders=usable,
        deliveries=deliveries,
        limits=_limits(node.child("limits")),
        lanes=_lanes(node),
        windows=_windows(node),
        tracking=_tracking(node.child("tracking")) if node.has("tracking") else None,
        brakes=_brakes(node.child("brakes")),
        place=node.place(),
        seeds=node.parse_all("seeds", values.address),
        notify=_notify(node.child("notify")),
        main_branch=node.text("main_branch", "main"),
        workspace_remote=node.text("remote", "origin"),
        four_eyes_above=four_eyes_above(node.child("approve")),
        record=_record(node.child("record")) if node.has("record") else None,
        everyone_up_to=node.child("render").number("everyone_up_to", 20_000),
    )


def four_eyes_above(approve: Node) -> int | None:
    """Above how many recipients a second person must approve; None where nothing is said."""
    return approve.number("four_eyes_above", 0) if approve.has("four_eyes_above") else None


def _organisation(node: Node) -> Organisation:
    zone = node.text("timezone", DEFAULT_ZONE)
    if zone not in known_zones():
        hint = node.notes.near(zone, sorted(known_zones()))
        node.notes.add(catalogue.ZONE, node.place("timezone"), hint=hint, zone=zone)
        zone = DEFAULT_ZONE
    return Organisation(
        name=node.text("name"),
        address=" ".join(node.text("address").split()),
        timezone=zone,
        siren=node.parse("siren", values.siren, ""),
        privacy_url=node.text("privacy_url"),
        privacy_contact=node.text("privacy_contact"),
    )


def _purposes(node: Node) -> tuple[Purpose, ...]:
    if not node.has("purposes"):
        return (Purpose("newsletter", _ALL_GROUNDS, 36, node.place()),)
    return tuple(
        Purpose(
            name=name,
            grounds=tuple(Ground(text) for text in each.texts("bases")) or _ALL_GROUNDS,
            retention_months=each.parse("retention", values.months, 36),
            place=each.key_place_of(),
            product_families=each.texts("product_families"),
        )
        for name, each in sorted(node.table("purposes"))
    )


def _record(node: Node) -> Record:
    return Record(
        people=node.texts("people"),
        data=node.texts("data"),
        security=node.text("security"),
        recipients=tuple(
            DataRecipient(each.text("name"), each.text("country"), each.text("safeguard"), each.place("name"))
            for each in node.items("recipients")
        ),
        place=node.key_place_of(),
    )


def _book(node: Node) -> BookSettings:
    return BookSettings(node.text("path", "../book"), node.text("remote", _NO_REMOTE), node.text("branch", "main"))


def _keyring(node: Node) -> KeyringSettings:
    return KeyringSettings(
        path=node.text("path", "../state/keyring.sqlite"),
        master_key=node.parse("master_key", values.secret, SecretRef("file", "../state/keys/master.key")),
        suppression_key=node.parse(
            "suppression_key", values.secret, SecretRef("file", "../state/keys/suppression.key")
        ),
    )


def _sender(name: str, node: Node, deliveries: list[str]) -> Sender | None:
    mailbox = node.parse("from", values.mailbox, None)
    delivery = choose("delivery", node, deliveries)
    if mailbox is None or delivery is None:
        return None
    shown, address = mailbox
    dkim = node.child("dkim")
    return Sender(
        name=name,
        from_name=shown,
        from_address=address,
        reply_to=node.parse("reply_to", values.address, address),
        return_path=node.parse("return_path", values.domain, address.domain),
        dkim=Dkim(
            dkim.parse("domain", values.domain, address.domain),
            dkim.text("selector"),
            dkim.parse("key", values.secret, SecretRef("file", "../state/keys/dkim.pem")),
        )
        if node.has("dkim")
        else None,
        delivery=delivery,
        place=node.key_place_of(),
    )


def _delivery(name: str, node: Node) -> Delivery:
    tls = node.child("tls") if isinstance(node.value.get("tls"), dict) else None
    policy = tls.text("policy", "required") if tls else node.text("tls", "required")
    delivery = Delivery(
        name=name,
        via=Via(node.text("via")),
        place=node.key_place_of(),
        host=node.text("host"),
        port=node.number("port", 587),
        tls=TlsPolicy(policy),
        ca=tls.parse("ca", values.secret, None) if tls else None,
        username=node.parse("username", values.secret, None),
        password=node.parse("password", values.secret, None),
        connections=node.number("connections", 10),
        path=node.text("path"),
    )
    problem = _delivery_problem(delivery, node.value)
    if problem is not None:
        node.notes.add(catalogue.DELIVERY, delivery.place, name=name, why_fr=problem.fr, why_en=problem.en)
    return delivery


def _delivery_problem(delivery: Delivery, declared: Collection[str]) -> Text | None:
    if delivery.via is Via.SMTP and not delivery.host:
        return Text("un relais (smtp) a besoin de host", "a relay (smtp) needs a host")
    if delivery.via is Via.MAILDIR and not delivery.path:
        return Text("un dossier (maildir) a besoin de path", "a folder (maildir) needs a path")
    if idle := [key for key in _IDLE[delivery.via] if key in declared]:
        keys = ", ".join(idle)
        return Text(f"{keys} : sans effet pour {delivery.via}", f"{keys}: of no effect for {delivery.via}")
    if delivery.via is Via.SMTP and delivery.tls is not TlsPolicy.REQUIRED and not is_loopback(delivery.host):
        return Text(
            "hors de cette machine, un relais demande tls: required",
            "outside this machine, a relay demands tls: required",
        )
    if bool(delivery.username) != bool(delivery.password):
        return Text("username et password vont ensemble", "username and password go together")
    return None


def _limits(node: Node) -> Limits:
    return Limits(
        rate=node.parse("rate", values.rate, Fraction(20)),
        bandwidth=node.parse("bandwidth", values.bandwidth, None),
        reserve=node.parse("reserve", values.share, Fraction(0)),
        per_contact=node.parse("per_contact", values.per_contact, None),
    )


def _lanes(node: Node) -> tuple[LaneValue, ...]:
    lanes = {lane.name: lane for lane in BUILT_IN}
    for name, each in node.table("lanes"):
        if name not in lanes:
            node.notes.unknown("lane", name, each.key_place_of(), known=list(lanes))
            continue
        lane = lanes[name]
        lanes[name] = replace(
            lane,
            rate=each.parse("rate", values.rate, lane.rate),
            connections=each.number("connections", lane.connections),
            per_connection=each.number("per_connection", lane.per_connection),
        )
    return tuple(lanes[name] for name in sorted(lanes))


def _windows(node: Node) -> tuple[Window, ...]:
    if not node.has("windows"):
        return (office_hours(node.place()),)
    return tuple(_window(name, each) for name, each in sorted(node.table("windows")))


def office_hours(place: Place) -> Window:
    """The window of a workspace that declares none."""
    return Window(
        name="office-hours",
        timezone=RECIPIENT,
        allow=(Hours(_WORKDAYS, time(9), time(12)), Hours(_WORKDAYS, time(14), time(17, 30))),
        deny=(Holidays("FR"),),
        place=place,
    )


def _window(name: str, node: Node) -> Window:
    allow = []
    for each in node.items("allow"):
        listed = each.texts("days") if isinstance(each.value["days"], list) else (each.text("days"),)
        opens, closes = each.parse("hours", values.hours, (time(9), time(12)))
        weekdays = sorted({number for text in listed for number in values.weekdays(text)})
        allow.append(Hours(tuple(weekdays), opens, closes))
    deny: list[Holidays | Days] = []
    for each in node.items("deny"):
        if each.has("holidays"):
            deny.append(Holidays(each.text("holidays")))
            continue
        dates = each.parse("dates", values.day_range, (date.min, date.min))
        deny.append(Days(*dates))
    return Window(name, node.text("timezone", RECIPIENT), tuple(allow), tuple(deny), node.key_place_of())


def _tracking(node: Node) -> TrackingSettings:
    url = node.text("url").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        node.notes.add(catalogue.TRACKER_URL, node.place("url"))
    return TrackingSettings(
        url=url,
        opens=Measure(node.text("opens", "consent")),
        clicks=Measure(node.text("clicks", "consent")),
        keys=tuple((name, values.secret(str(text))) for name, text in node.child("keys").value.items())
        or (("k1", SecretRef("file", "../state/keys/tracking.key")),),
    )


def _brakes(node: Node) -> Brakes:
    return Brakes(hard_bounces=node.parse("hard_bounces", values.brake, Brakes().hard_bounces))


def _notify(node: Node) -> Notify:
    listed = node.texts("on")
    return Notify(node.parse_all("to", values.address), tuple(Occasion(word) for word in listed) or tuple(Occasion))


def choose(key: str, node: Node, declared: list[str], *, kind: str = "") -> str | None:
    """The name that a key gives, or the only one declared; None with a finding otherwise."""
    if node.has(key):
        name = node.text(key)
        if name in declared:
            return name
        node.notes.unknown(kind or key, name, node.place(key), known=declared)
        return None
    if len(declared) == 1:
        return declared[0]
    node.notes.add(catalogue.NO_CHOICE, node.key_place_of(), key=key, known=", ".join(sorted(declared)))
    return None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
