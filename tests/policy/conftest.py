"""A lawful campaign, workspace, person and message: each test spoils one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from compiler.language.address import Address
from compiler.language.campaign import (
    Approval,
    Campaign,
    FieldDef,
    FieldType,
    Form,
    Format,
    FormConsent,
    Source,
    Workspace,
)
from compiler.language.consent import Basis, Ground, Proof
from compiler.language.contact import Contact, Identity, Kind, Origin, Person, SourceKind, Status
from compiler.language.finding import Language, Place
from compiler.language.settings import (
    BookSettings,
    Brakes,
    Delivery,
    Dkim,
    KeyringSettings,
    Limits,
    Measure,
    Organisation,
    Purpose,
    SecretRef,
    Sender,
    Settings,
    TrackingSettings,
    Via,
)
from compiler.policy import Audience

HERE = Place("envoi.yaml", 1, 1)
ON = date(2027, 3, 1)
KEY = SecretRef("file", "../state/key")


@pytest.fixture
def settings() -> Settings:
    return Settings(
        language=Language.FR,
        organisation=Organisation(
            "Atelier Lumen",
            "12 rue des Lices, 35000 Rennes, France",
            "Europe/Paris",
            privacy_url="https://www.atelier-lumen.example/confidentialite",
            privacy_contact="rgpd@atelier-lumen.example",
        ),
        purposes=(
            Purpose(
                "newsletter",
                (Ground.CONSENT, Ground.SIMILAR_PRODUCTS, Ground.LEGITIMATE_INTEREST),
                36,
                HERE,
                ("luminaires",),
            ),
        ),
        book=BookSettings("../book", "", "main"),
        keyring=KeyringSettings("../keyring.sqlite", KEY, KEY),
        plans="../plans",
        state="../state",
        senders=(
            Sender(
                "newsroom",
                "Atelier Lumen",
                Address.parse("nouvelles@mail.atelier-lumen.example"),
                Address.parse("bonjour@atelier-lumen.example"),
                "retours.atelier-lumen.example",
                Dkim("mail.atelier-lumen.example", "s2027", KEY),
                "outbox",
                HERE,
            ),
        ),
        deliveries=(Delivery("outbox", Via.MAILDIR, HERE, path="../mailbox"),),
        limits=Limits(),
        lanes=(),
        windows=(),
        tracking=TrackingSettings("https://t.atelier-lumen.example", Measure.CONSENT, Measure.CONSENT, (("k1", KEY),)),
        brakes=Brakes(),
        place=HERE,
    )


@pytest.fixture
def campaign() -> Campaign:
    return Campaign(
        name="spring-2027",
        path="spring-2027.yaml",
        segment="architects",
        template="news",
        subject=(("fr", "Trois lampes pour votre atelier"), ("en", "Three lamps for your studio")),
        preview=(),
        start=datetime(2027, 3, 2, 8, tzinfo=UTC),
        finish_by=None,
        purpose="newsletter",
        sender="newsroom",
        window="office-hours",
        languages=("fr", "en"),
        data=(),
        variants=(),
        approval=Approval(),
        utm=(),
        waivers=(),
        place=Place("spring-2027.yaml", 1, 1),
        professional_object="l'éclairage des projets d'architecture",
    )


@pytest.fixture
def workspace(settings: Settings, campaign: Campaign, tmp_path: Path) -> Workspace:
    consent = FormConsent("newsletter", (("fr", "J'accepte de recevoir la lettre"), ("en", "I agree to the letter")))
    return Workspace(
        root=str(tmp_path),
        settings=settings,
        campaigns=(campaign,),
        segments=(),
        templates=(),
        fields=(FieldDef("job", FieldType.TEXT, True, HERE),),
        datasets=(),
        sources=(
            Source(
                name="crm",
                format=Format.CSV,
                path="../crm.csv",
                encoding="utf-8",
                delimiter=";",
                key="code",
                mapping=(("address", "email"),),
                kind=SourceKind.SALE,
                origin="Clients d'Atelier Lumen",
                purpose="newsletter",
                place=Place("crm.yaml", 1, 1),
            ),
        ),
        assets=(),
        forms=(Form("inscription", 1, (consent,), Place("form.yaml", 1, 1)),),
        documents=(),
    )


@pytest.fixture
def audience(workspace: Workspace, campaign: Campaign) -> Audience:
    return Audience.of(workspace, campaign, on=ON)


@pytest.fixture
def consent() -> Basis:
    proof = Proof(
        "web_form", "inscription@1", sha256(b"J'accepte de recevoir la lettre").hexdigest(), "r-1", confirmed=True
    )
    return Basis("newsletter", Ground.CONSENT, date(2026, 1, 15), proof)


@pytest.fixture
def contact(consent: Basis) -> Contact:
    """A private person who consented, with everything in order."""
    return Contact(
        id="0" * 31 + "1",
        status=Status.ACTIVE,
        kind=Kind.PERSONAL,
        country="FR",
        locale="fr",
        zone="Europe/Paris",
        lane="other",
        basis=(consent,),
        origin=Origin(SourceKind.FORM, "Formulaire du salon Maison et Lumière 2026", date(2026, 1, 15)),
        last_contact_on=date(2026, 9, 1),
    )


@pytest.fixture
def person(contact: Contact) -> Person:
    fields = (("customer_code", "C-00042"), ("first_name", "Zoé"), ("last_name", "Quéméneur"))
    return Person(replace(contact), Identity("zoe.quemeneur@clients.example", fields))
