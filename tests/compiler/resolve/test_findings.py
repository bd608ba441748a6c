"""What resolving finds: each code once, at the place to change."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.language.campaign import Workspace
from compiler.language.catalogue import picture as pictures
from compiler.language.catalogue import resolve as catalogue
from compiler.language.catalogue.segment import DEPTH
from compiler.language.finding import Entry, Finding, Place
from compiler.resolve import resolve
from compiler.resolve.files import HEAVIEST, REFUSED
from compiler.resolve.segments import MAX_UNFOLDED

Resolved = Callable[..., tuple[Workspace | None, list[Finding]]]

SETTINGS = """kind: workspace
organisation: {name: A, address: B}
senders: {newsroom: {from: n@mail.atelier.example}}
deliveries: {relay: {via: smtp, host: smtp.example}}
"""
CAMPAIGN = """kind: campaign
name: spring-2027
segment: architects-west
template: product-news
subject: Trois lampes
start: 2027-03-02T09:00
"""


def segment(match: str, name: str = "architects-west") -> str:
    return f"kind: segment\nname: {name}\nmatch: {match}\n"


def bomb() -> str:
    levels = [segment("{field: job, is: designer}", "l0")]
    levels += [segment(f"{{any: [{{segment: l{n}}}, {{segment: l{n}}}]}}", f"l{n + 1}") for n in range(12)]
    return "---\n".join(levels)


FORM = "kind: form\nname: f\nversion: 1\n"
SOURCE = """kind: source
name: crm
path: ../crm.csv
key: code
origin: {kind: sale, name: Fichier clients}
mapping: {address: email}
"""


@pytest.mark.parametrize(
    ("documents", "entry", "place"),
    [
        (
            {
                "more": "kind: workspace\norganisation: {name: A, address: B}\nsenders: {s: {from: a@b.example}}\n"
                "deliveries: {d: {via: maildir, path: out}}\n"
            },
            catalogue.NO_WORKSPACE,
            ("more.yaml", 1, 1),
        ),
        ({"more": segment("{everyone: true}")}, catalogue.SECOND_NAME, ("segment.yaml", 2, 7)),
        ({"campaign": CAMPAIGN.replace("west", "wset")}, catalogue.UNKNOWN_NAME, ("campaign.yaml", 3, 10)),
        ({"campaign": CAMPAIGN + "sender: press\n"}, catalogue.UNKNOWN_NAME, ("campaign.yaml", 7, 9)),
        (
            {"campaign": CAMPAIGN + "variants: [{name: a, template: gone}]\n"},
            catalogue.UNKNOWN_NAME,
            ("campaign.yaml", 7, 32),
        ),
        ({"campaign": CAMPAIGN + "data: {p: {dataset: catalog}}\n"}, catalogue.UNKNOWN_NAME, ("campaign.yaml", 7, 21)),
        ({"settings": SETTINGS + "lanes: {orrange: {connections: 1}}\n"}, catalogue.UNKNOWN_NAME, ("envoi.yaml", 5, 9)),
        (
            {"settings": SETTINGS + "purposes: {a: {retention: 1 year}, b: {retention: 1 year}}\n"},
            catalogue.NO_CHOICE,
            ("campaign.yaml", 1, 1),
        ),
        ({"settings": SETTINGS.replace("B}", "B, timezone: Paris}")}, catalogue.ZONE, ("envoi.yaml", 2, 47)),
        ({"settings": SETTINGS + "limits: {reserve: 120 %}\n"}, catalogue.BAD_VALUE, ("envoi.yaml", 5, 19)),
        ({"settings": SETTINGS + "limits: {rate: 0/s}\n"}, catalogue.BAD_VALUE, ("envoi.yaml", 5, 16)),
        ({"settings": SETTINGS + "limits: {bandwidth: 0 B/s}\n"}, catalogue.BAD_VALUE, ("envoi.yaml", 5, 21)),
        ({"settings": SETTINGS + "limits: {per_contact: 0 per day}\n"}, catalogue.BAD_VALUE, ("envoi.yaml", 5, 23)),
        ({"settings": SETTINGS + "seeds: [a..b@atelier.example]\n"}, catalogue.BAD_VALUE, ("envoi.yaml", 5, 9)),
        (
            {"settings": SETTINGS + 'windows: {w: {allow: [{days: mon, hours: "12:00-09:00"}]}}\n'},
            catalogue.BAD_VALUE,
            ("envoi.yaml", 5, 42),
        ),
        (
            {"settings": SETTINGS + 'windows: {w: {allow: [{days: mon, hours: "09:00-29:00"}]}}\n'},
            catalogue.BAD_VALUE,
            ("envoi.yaml", 5, 42),
        ),
        (
            {
                "settings": SETTINGS
                + 'windows: {w: {allow: [{days: mon, hours: "09:00-12:00"}], deny: [{dates: 2027-02-30}]}}\n'
            },
            catalogue.BAD_VALUE,
            ("envoi.yaml", 5, 74),
        ),
        (
            {"settings": SETTINGS.replace("n@mail.atelier.example", "n@atelier")},
            catalogue.BAD_VALUE,
            ("envoi.yaml", 3, 28),
        ),
        ({"campaign": CAMPAIGN.replace("2027-03-02T", "2027-02-30T")}, catalogue.BAD_VALUE, ("campaign.yaml", 6, 8)),
        (
            {"campaign": CAMPAIGN.replace("2027-03-02T09:00", "0001-01-01T00:00")},
            catalogue.BAD_VALUE,
            ("campaign.yaml", 6, 8),
        ),
        (
            {"settings": SETTINGS + "purposes: {news: {retention: 9999 years}}\n"},
            catalogue.BAD_VALUE,
            ("envoi.yaml", 5, 30),
        ),
        (
            {"campaign": CAMPAIGN.replace("2027-03-02T09:00", "2027-03-28T02:30")},
            catalogue.NO_SUCH_TIME,
            ("campaign.yaml", 6, 8),
        ),
        (
            {"campaign": CAMPAIGN + "repeat: {every: week, on: first tuesday}\n"},
            catalogue.BAD_VALUE,
            ("campaign.yaml", 7, 27),
        ),
        (
            {"campaign": CAMPAIGN + "repeat: {every: day, on: monday}\n"},
            catalogue.BAD_VALUE,
            ("campaign.yaml", 7, 26),
        ),
        (
            {"campaign": CAMPAIGN + "edition: spring\nrepeat: {every: day}\n"},
            catalogue.BAD_VALUE,
            ("campaign.yaml", 7, 10),
        ),
        (
            {"more": SOURCE.replace("{address: email}", "{address: email, lane: email}")},
            catalogue.TARGET,
            ("more.yaml", 6, 27),
        ),
        ({"campaign": CAMPAIGN + "finish_by: 2027-03-02T08:00\n"}, catalogue.TOO_EARLY, ("campaign.yaml", 7, 12)),
        (
            {"campaign": CAMPAIGN + "data: {contact: {dataset: catalogue}}\n"},
            catalogue.RESERVED,
            ("campaign.yaml", 7, 8),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, where: \"in_segment('west')\"}}\n"},
            catalogue.WHERE,
            ("campaign.yaml", 7, 40),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, where: audience = contact.jbo}}\n"},
            catalogue.UNKNOWN_FIELD,
            ("campaign.yaml", 7, 50),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, where: public = contact.job}}\n"},
            catalogue.UNKNOWN_COLUMN,
            ("campaign.yaml", 7, 39),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, where: rank = contact.job}}\n"},
            catalogue.FIELD_TYPE,
            ("campaign.yaml", 7, 46),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, where: price > 'dear'}}\n"},
            catalogue.FIELD_TYPE,
            ("campaign.yaml", 7, 47),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, where: audience = job}}\n"},
            catalogue.FIELD_TYPE,
            ("campaign.yaml", 7, 50),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, fallback: {where: public = 'x'}}}\n"},
            catalogue.UNKNOWN_COLUMN,
            ("campaign.yaml", 7, 50),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, limit: 2, at_least: 3}}\n"},
            catalogue.BAD_VALUE,
            ("campaign.yaml", 7, 52),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, order_by: rank up}}\n"},
            catalogue.WHERE,
            ("campaign.yaml", 7, 42),
        ),
        (
            {"campaign": CAMPAIGN + "data: {p: {dataset: catalogue, order_by: [rnak]}}\n"},
            catalogue.UNKNOWN_COLUMN,
            ("campaign.yaml", 7, 43),
        ),
        (
            {"campaign": CAMPAIGN + "variants: [{name: a}, {name: a}]\n"},
            catalogue.SECOND_NAME,
            ("campaign.yaml", 7, 30),
        ),
        (
            {"campaign": CAMPAIGN.replace("Trois lampes", "{fr: Bonjour}") + "preview: {en: Hello}\n"},
            catalogue.NO_LANGUAGE,
            ("campaign.yaml", 5, 10),
        ),
        (
            {"campaign": CAMPAIGN.replace("Trois lampes", "{fr: Bonjour, en: Hello}") + "preview: {fr: Ici}\n"},
            catalogue.ONE_LANGUAGE,
            ("campaign.yaml", 5, 10),
        ),
        ({"segment": segment("{field: jbo, is: designer}")}, catalogue.UNKNOWN_FIELD, ("segment.yaml", 3, 16)),
        ({"segment": segment("{field: job, at_least: 10}")}, catalogue.FIELD_TYPE, ("segment.yaml", 3, 21)),
        ({"segment": segment("{field: department, in: ['35', 44]}")}, catalogue.FIELD_TYPE, ("segment.yaml", 3, 39)),
        ({"segment": segment("{field: kind, is: profesional}")}, catalogue.NOT_A_VALUE, ("segment.yaml", 3, 26)),
        ({"segment": segment("{segment: east}")}, catalogue.UNKNOWN_NAME, ("segment.yaml", 3, 18)),
        ({"segment": segment("{segment: architects-west}")}, catalogue.CYCLE, ("segment.yaml", 3, 8)),
        (
            {"segment": segment("{segment: b}"), "more": segment("{not: {segment: architects-west}}", "b")},
            catalogue.CYCLE,
            ("more.yaml", 3, 14),
        ),
        ({"more": bomb()}, catalogue.UNFOLDED, ("more.yaml", 42, 1)),
        ({"segment": segment("{field: job}")}, catalogue.CLAUSE, ("segment.yaml", 3, 8)),
        ({"segment": segment("{is: designer}")}, catalogue.CLAUSE, ("segment.yaml", 3, 8)),
        ({"segment": segment("{segment: b, is: designer}")}, catalogue.CLAUSE, ("segment.yaml", 3, 8)),
        ({"segment": segment("{everyone: true, segment: b}")}, catalogue.CLAUSE, ("segment.yaml", 3, 8)),
        (
            {"segment": segment("{clicked: {campaign: autumn-2026, within: 90 days}}")},
            catalogue.NO_CAMPAIGN,
            ("segment.yaml", 3, 29),
        ),
        (
            {"segment": segment("{received: {campaign: spring-2027, within: 0 days}}")},
            catalogue.BAD_VALUE,
            ("segment.yaml", 3, 51),
        ),
        (
            {"template": "kind: template\nname: product-news\nsource: nws.mjml\n"},
            catalogue.FILE,
            ("template.yaml", 3, 9),
        ),
        (
            {"template": "kind: template\nname: product-news\nsource: ../news.mjml\n"},
            catalogue.FILE,
            ("template.yaml", 3, 9),
        ),
        (
            {"template": "kind: template\nname: product-news\nsource: /etc/passwd\n"},
            catalogue.FILE,
            ("template.yaml", 3, 9),
        ),
        (
            {"template": "kind: template\nname: product-news\nsource: news.mjml\nneeds: {jbo: {}}\n"},
            catalogue.UNKNOWN_FIELD,
            ("template.yaml", 4, 9),
        ),
        (
            {"template": "kind: template\nname: product-news\nsource: news.mjml\nneeds: {job: {type: date}}\n"},
            catalogue.FIELD_TYPE,
            ("template.yaml", 4, 21),
        ),
        (
            {"dataset": "kind: dataset\nname: catalogue\npath: catalogue.csv\ncolumns: {rnk: integer}\n"},
            catalogue.UNKNOWN_COLUMN,
            ("dataset.yaml", 4, 11),
        ),
        (
            {"dataset": "kind: dataset\nname: catalogue\npath: catalogue.csv\nkey: ref\ncolumns: {id: text}\n"},
            catalogue.UNKNOWN_COLUMN,
            ("dataset.yaml", 4, 6),
        ),
        ({"more": "kind: asset\nname: hero\npath: hero.png\n"}, catalogue.FILE, ("more.yaml", 3, 7)),
        ({"more": "kind: fields\nfields: {country: {type: text}}\n"}, catalogue.RESERVED, ("more.yaml", 2, 10)),
        (
            {"more": "kind: fields\nfields: {age: {type: integer}}\n---\nkind: fields\nfields: {age: {type: text}}\n"},
            catalogue.FIELD_TWICE,
            ("more.yaml", 5, 10),
        ),
        (
            {"more": SOURCE.replace("{address: email}", "{address: email, e-mail: email}").replace("e-mail", "e_mail")},
            catalogue.TARGET,
            ("more.yaml", 6, 27),
        ),
        ({"more": SOURCE.replace("{address:", "{first_name:")}, catalogue.NO_ADDRESS, ("more.yaml", 6, 1)),
        ({"more": SOURCE + "purpose: sales\n"}, catalogue.UNKNOWN_NAME, ("more.yaml", 7, 10)),
        ({"more": SOURCE.replace("path: ../crm.csv\n", "")}, catalogue.SOURCE_LACKS, ("more.yaml", 1, 1)),
        ({"more": SOURCE + "format: sqlite\n"}, catalogue.SOURCE_LACKS, ("more.yaml", 1, 1)),
        (
            {
                "more": SOURCE.replace("path: ../crm.csv", "connection: env:CRM")
                + "format: postgresql\nquery: select 1\nsheet: A\n"
            },
            catalogue.SOURCE_IDLE,
            ("more.yaml", 9, 1),
        ),
        ({"more": SOURCE + 'format: jsonl\ndelimiter: ";"\n'}, catalogue.SOURCE_IDLE, ("more.yaml", 8, 1)),
        ({"more": SOURCE + "schedule: {every: week, on: 15}\n"}, catalogue.BAD_VALUE, ("more.yaml", 7, 29)),
        (
            {"more": FORM + "consents: [{purpose: sms, text: Oui}]\n"},
            catalogue.UNKNOWN_NAME,
            ("more.yaml", 4, 22),
        ),
        ({"more": "kind: asset\nname: logo\npath: news.mjml\n"}, catalogue.PICTURE, ("more.yaml", 3, 7)),
        (
            {"settings": SETTINGS.replace("address: B", 'siren: "123456789", address: B')},
            catalogue.BAD_VALUE,
            ("envoi.yaml", 2, 32),
        ),
        ({"settings": SETTINGS.replace(", host: smtp.example", "")}, catalogue.DELIVERY, ("envoi.yaml", 4, 14)),
        (
            {"settings": SETTINGS.replace("via: smtp, host: smtp.example", "via: maildir")},
            catalogue.DELIVERY,
            ("envoi.yaml", 4, 14),
        ),
        (
            {"settings": SETTINGS.replace("via: smtp, host: smtp.example", "via: maildir, path: ../out, port: 25")},
            catalogue.DELIVERY,
            ("envoi.yaml", 4, 14),
        ),
        (
            {"settings": SETTINGS.replace("smtp.example", "smtp.example, tls: opportunistic")},
            catalogue.DELIVERY,
            ("envoi.yaml", 4, 14),
        ),
        (
            {"settings": SETTINGS.replace("smtp.example", "smtp.example, username: env:U")},
            catalogue.DELIVERY,
            ("envoi.yaml", 4, 14),
        ),
        (
            {"settings": SETTINGS + "tracking: {url: http://t.atelier.example, keys: {k1: env:K}}\n"},
            catalogue.TRACKER_URL,
            ("envoi.yaml", 5, 17),
        ),
    ],
)
def test_what_does_not_fit_is_found_at_its_place(
    resolved: Resolved, documents: dict[str, str], entry: Entry, place: tuple[str, int, int]
) -> None:
    _, findings = resolved(**documents)
    assert (entry, Place(*place)) in [(one.entry, one.place) for one in findings], [
        (one.code, str(one.place), one.message("en")) for one in findings
    ]
    for one in findings:
        assert one.message("fr") != one.message("en") or one.entry is catalogue.UNKNOWN_NAME
        assert one.advice("fr")


def test_one_slip_is_one_finding(resolved: Resolved) -> None:
    _, findings = resolved(campaign=CAMPAIGN.replace("west", "wset"))
    assert len(findings) == 1
    assert "architects-west" in findings[0].advice("en")


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    workspace, findings = resolve(tmp_path, [])
    assert workspace is None
    assert [(one.entry, one.place) for one in findings] == [(catalogue.NO_WORKSPACE, Place("envoi.yaml"))]


def test_what_refers_to_a_broken_document_is_not_reported_as_well(tmp_path: Path) -> None:
    from compiler.load import load

    (tmp_path / "envoi.yaml").write_text(SETTINGS)
    (tmp_path / "c.yaml").write_text(CAMPAIGN)
    documents = load(tmp_path).documents
    broken = [("segment", "architects-west"), ("template", "product-news")]
    workspace, findings = resolve(tmp_path, documents, broken=broken)
    assert workspace is not None
    assert not findings
    assert not workspace.campaigns


def test_a_template_that_is_a_link_is_refused(resolved: Resolved, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / ".linked.mjml").symlink_to("secret")
    _, findings = resolved(template="kind: template\nname: product-news\nsource: .linked.mjml\n")
    assert [one.entry for one in findings] == [catalogue.FILE]


def test_a_long_chain_of_segments_ends(resolved: Resolved) -> None:
    chain = [segment("{everyone: true}", "s0")]
    chain += [segment(f"{{segment: s{n}}}", f"s{n + 1}") for n in range(2 * MAX_UNFOLDED)]
    _, findings = resolved(more="---\n".join(chain))
    assert [one.entry for one in findings] == [DEPTH]


def test_unknown_values_are_spelled_with_their_nearest(resolved: Resolved) -> None:
    _, findings = resolved(segment=segment("{field: kind, is: profesional}"))
    assert "professional" in findings[0].advice("en")


def test_a_picture_is_weighed(resolved: Resolved, tmp_path: Path) -> None:
    declared = "kind: asset\nname: poster\npath: poster.png\n"

    def found(picture: bytes, more: str = "") -> list[tuple[Entry, Place]]:
        (tmp_path / "poster.png").write_bytes(picture)
        return [(one.entry, one.place) for one in resolved(more=declared + more)[1]]

    place = Place("more.yaml", 3, 7)
    assert not found(png(600, 280))
    assert found(png(600, 280) + bytes(HEAVIEST)) == [(catalogue.HEAVY, place)]
    assert found(png(600, 280) + bytes(300), "limit: 300 B\n") == [(catalogue.HEAVY, place)]
    assert not found(png(600, 280) + bytes(HEAVIEST), "limit: 2 MB\n")
    assert found(png(600, 280), "limit: 0 kB\n") == [(catalogue.BAD_VALUE, Place("more.yaml", 4, 8))]
    assert found(png(600, 280) + bytes(REFUSED)) == [(pictures.TOO_HEAVY, place)]
    assert found(png(20_000, 280)) == [(pictures.TOO_WIDE, place)]
    assert found(png(600, 280)[:20]) == [(catalogue.PICTURE, place)]


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
