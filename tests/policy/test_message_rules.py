from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.campaign import Campaign, Workspace
from compiler.language.finding import Place
from compiler.policy import Message, check_message
from compiler.policy.page import read_page

P = Place("spring-2027.yaml", 4, 1)
LEAVE = "https://t.atelier-lumen.example/u/abcdefgh/emm-aHR0"
OFF = LEAVE + "?t=1"
PIXEL = '<img src="https://t.atelier-lumen.example/o/abcdefgh.gif" width="1" height="1" alt="">'
MEASURED = "https://t.atelier-lumen.example/c/abcdefgh/aHR0cHM6Ly93d3cuYXRlbGllcg"
PRIVACY = "https://www.atelier-lumen.example/confidentialite"
BODY = "Bonjour Zoé, trois lampes dessinées pour les ateliers d'architectes arrivent dans notre maison de Rennes."
REASON = "Vous recevez ce message car vous avez demandé notre lettre."
FOOT = f"Atelier Lumen, 12\u00a0rue des Lices, 35000 Rennes, France. {REASON}"

HTML = (
    "<!doctype html><html><head><title>Trois lampes</title><style>.x{display:none}</style></head><body>"
    '<div style="display:none">L\'aperçu caché</div><table><td style="font-size:0px"><div style="font-size:16px">'
    f"<p>{BODY}</p><p><a href='https://www.atelier-lumen.example/lampes?a=1&amp;b=2'>Voir</a></p><p>{FOOT} "
    f'<a href="{LEAVE}">Se désinscrire</a> <a href="{OFF}">Ne plus mesurer</a> <a href="{PRIVACY}">Vos données</a></p>'
    "</div></td></table></body></html>"
)
TEXT = (
    f"{BODY}\n\nVoir\u00a0: https://www.atelier-lumen.example/lampes?a=1&b=2.\n\n{FOOT}\n"
    f"Se désinscrire\u00a0: {LEAVE}\nNe plus mesurer\u00a0: {OFF}\nVos données\u00a0: {PRIVACY}\n"
)


def message(**changes: object) -> Message:
    lawful = Message(
        subject="Zoé, trois lampes pour votre atelier",
        html=HTML,
        text=TEXT,
        unsubscribe_url=LEAVE,
        place=P,
        tracking_url=OFF,
        reason=REASON,
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]


def html(old: str, new: str) -> dict[str, str]:
    assert old in HTML
    return {"html": HTML.replace(old, new)}


def text(old: str, new: str) -> dict[str, str]:
    assert old in TEXT
    return {"text": TEXT.replace(old, new)}


HREF = "https://www.atelier-lumen.example/lampes?a=1&amp;b=2"
encoded = base64.urlsafe_b64encode(b"zoe@clients.example").decode()

FAILING = [
    ("MSG-ID-01", html("Atelier Lumen, 12", "Nous, 12")),
    ("MSG-ID-01", text("Atelier Lumen, 12", "Nous, 12")),
    ("MSG-SUBJ-03", {"subject": "Re: votre commande"}),
    ("MSG-SUBJ-18", {"subject": ""}),
    ("MSG-SUBJ-18", {"subject": "ZOÉ, TROIS LAMPES"}),
    ("MSG-SUBJ-18", {"subject": "Zoé, trois lampes pour votre atelier 💡💡💡"}),
    ("MSG-SUBJ-18", {"subject": "Zoé, trois lampes ! Pour votre atelier !"}),
    ("MSG-SUBJ-18", {"subject": "Zoé, trois lampes pour votre atelier" * 3}),
    ("MSG-UNSUB-05", html(">Se désinscrire</a>", "></a>")),
    ("MSG-UNSUB-05", html('">Se désinscrire', '" style="display:none">Se désinscrire')),
    ("MSG-UNSUB-05", html('">Se désinscrire', '" style="font-size:0">Se désinscrire')),
    ("MSG-UNSUB-05", text(f"Se désinscrire\u00a0: {LEAVE}", "")),
    ("MSG-TRKOFF-06", {"html": (HTML + PIXEL).replace(OFF, "https://www.atelier-lumen.example/rien")}),
    ("MSG-TRKOFF-06", {"html": HTML.replace(HREF, MEASURED).replace(">Ne plus mesurer<", "><")}),
    (
        "MSG-TRKOFF-06",
        {"text": TEXT.replace("https://www.atelier-lumen.example/lampes?a=1&b=2", MEASURED).replace(OFF, "")},
    ),
    ("MSG-PRIV-07", html(PRIVACY, "https://www.atelier-lumen.example/")),
    ("MSG-PRIV-07", text(PRIVACY, "")),
    ("MSG-PRIV-07", {"reason": ""}),
    ("MSG-ADDR-08", html("rue des Lices", "rue")),
    ("MSG-TEXT-10", html("<p>", "<p>" + "Une lampe en laiton. " * 40)),
    ("MSG-LINK-11", html(HREF, "http://www.atelier-lumen.example/")),
    ("MSG-LINK-11", html(HREF, "https://192.0.2.7/x")),
    ("MSG-LINK-11", html(HREF, "https://www.atelier-lumen.example:8443/")),
    ("MSG-LINK-11", html(HREF, "https://bit.ly/abc")),
    ("MSG-LINK-11", html(HREF, "https://lumen@ailleurs.example/")),
    ("MSG-LINK-11", html("<p>", "<form><p>")),
    ("MSG-LINK-11", text("https://www.atelier-lumen.example/lampes", "http://www.atelier-lumen.example/lampes")),
    ("MSG-SIZE-13", html("<p>", "<p>" + "<!-- x -->" * 11_000)),
    ("MSG-MERGE-14", {"subject": "Bonjour None, trois lampes"}),
    ("MSG-MERGE-14", html("Bonjour Zoé", "Bonjour {{ contact.first_name }}")),
    ("MSG-MERGE-14", html("lampes?a=1", "lampes?a={{ x }}")),
    ("MSG-MERGE-14", text("Bonjour Zoé", "Bonjour None")),
    ("MSG-MERGE-14", text("Bonjour Zoé", "Bonjour [[ prenom ]]")),
    ("SEC-04", html("lampes?a=1", "lampes?email=zoe%40clients.example")),
    ("SEC-04", html("lampes?a=1", f"lampes/{encoded}?a=1")),
]


@pytest.mark.parametrize(("rule", "changes"), FAILING, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(FAILING)])
def test_a_message_that_breaks_a_rule_is_a_finding(
    rule: str, changes: dict[str, object], workspace: Workspace, campaign: Campaign
) -> None:
    findings = check_message(workspace, campaign, message(**changes))
    assert {f.code for f in findings} == {rule}
    for language in ("fr", "en"):
        assert all(f.message(language) and f.advice(language) for f in findings)


def test_a_lawful_message_has_no_finding(workspace: Workspace, campaign: Campaign) -> None:
    assert check_message(workspace, campaign, message()) == []
    measured = message(html=(HTML + PIXEL).replace(HREF, MEASURED))
    assert check_message(workspace, campaign, measured) == []


def test_msg_contact_02_somebody_can_object_by_the_link_or_by_answering(
    workspace: Workspace, campaign: Campaign
) -> None:
    silent = message(html=HTML.replace(LEAVE, "https://www.atelier-lumen.example/x"), text=TEXT.replace(LEAVE, ""))
    assert {f.code for f in check_message(workspace, campaign, silent)} >= {"MSG-CONTACT-02", "MSG-UNSUB-05"}
    by_mail = HTML.replace(f'"{LEAVE}"', '"mailto:bonjour@atelier-lumen.example?subject=stop"')
    answered = check_message(workspace, campaign, message(html=by_mail, text=TEXT.replace(LEAVE, "")))
    assert "MSG-CONTACT-02" not in {f.code for f in answered}


def test_none_is_an_english_word_too(workspace: Workspace, campaign: Campaign) -> None:
    english = message(text=TEXT.replace("Bonjour Zoé", "None of our lamps is like this, none at all. Hello Zoé"))
    assert check_message(workspace, campaign, english) == []


def test_a_rehearsal_on_this_machine_may_link_to_it_without_tls(workspace: Workspace, campaign: Campaign) -> None:
    here = "http://127.0.0.1:8025/u/abcdefgh"
    local = message(
        html=HTML.replace(LEAVE, here), text=TEXT.replace(LEAVE, here), unsubscribe_url=here, tracking_url=here + "?t=1"
    )
    assert check_message(workspace, campaign, local) == []


def test_two_emoji_and_one_exclamation_mark_are_a_subject_as_any_other(
    workspace: Workspace, campaign: Campaign
) -> None:
    joined = "Zoé, trois lampes ! \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7"
    assert check_message(workspace, campaign, message(subject=joined)) == []


def test_gmail_s_limit_is_held_against_the_text_that_travels(workspace: Workspace, campaign: Campaign) -> None:
    accents = message(
        **html("<p>", "<p>" + "<!-- é -->" * 2_500)
    )  # 3 times: 82 kB, of which each é travels as six letters
    assert len(accents.html.encode()) < 102_400
    assert {f.code for f in check_message(workspace, campaign, accents)} == {"MSG-SIZE-13"}


def test_the_masked_address_of_the_page_may_stand_in_its_signed_link(workspace: Workspace, campaign: Campaign) -> None:
    masked = base64.urlsafe_b64encode("fr|newsletter|z•••@c•••.example".encode()).decode().rstrip("=")
    link = f"https://t.atelier-lumen.example/u/abcdefgh/{masked}"
    one = message(html=HTML.replace(LEAVE, link), text=TEXT.replace(LEAVE, link), unsubscribe_url=link)
    assert "SEC-04" not in {f.code for f in check_message(workspace, campaign, one)}


def test_findings_about_messages_never_quote_the_reader(workspace: Workspace, campaign: Campaign) -> None:
    spoilt = message(html=HTML.replace("lampes?a=1", "l?e=zoe%40clients.example"), subject="Re: Zoé Quéméneur")
    for found in check_message(workspace, campaign, spoilt):
        told = repr((found.arguments, found.message("fr"), found.message("en"), found.place))
        assert "zoe" not in told.lower()
        assert "Quéméneur" not in told
    assert "Zoé" not in repr(spoilt)


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("<p>Un<b>deux</b></p><p>trois</p>", "Undeux trois"),
        ("<p hidden>non</p>oui", "oui"),
        ('<div style="visibility: hidden"><p>non</p></div>oui', "oui"),
        ('<td style="font-size:0.0px">non<span style="font-size:14px">oui</span></td>', "oui"),
        ('<img alt="Lampe d\'atelier" src="x">', "Lampe d'atelier"),
        ("<title>non</title><!-- non --><br>oui&nbsp;!", "oui !"),
        ("e\u0301te\u0301\u200b", "été"),
        ("<p>a</div></p>b<a href='x'>c", "a bc"),
    ],
)
def test_the_page_shows_what_a_reader_sees(markup: str, seen: str) -> None:
    assert read_page(markup).text == seen


@given(st.text(alphabet="<>/ab=\"' !-&#;x", max_size=40))
def test_whatever_a_template_writes_can_be_looked_at(markup: str) -> None:
    read_page(markup)
