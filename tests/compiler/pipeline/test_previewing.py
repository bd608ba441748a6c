"""Whom a preview is shown for: fictional contacts made of the campaign's own demands, or one real contact."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from compiler.book.people import people
from compiler.language.contact import Person
from compiler.pipeline.previewing import preview_campaign
from compiler.review.preview import Case, Mail, Preview

if TYPE_CHECKING:
    from tests.conftest import Example

ON = date(2027, 3, 1)


def previewed(example: Example, name: str = "spring-2027", real: Person | None = None) -> Preview:
    workspace = example.session().workspace()
    campaign = workspace.campaign(name)
    assert campaign
    return preview_campaign(workspace, campaign, on=ON, real=real)


def mail_for(preview: Preview, case: Case, variant: str = "a", language: str = "fr") -> Mail:
    return next(m for m in preview.mails if (m.case, m.variant, m.language) == (case, variant, language))


@pytest.fixture(scope="module")
def spring_preview(shared_example: Example) -> Preview:
    return previewed(shared_example)


def test_every_variant_and_language_is_shown_for_every_fictional_contact(spring_preview: Preview) -> None:
    shown = {(m.variant, m.language, m.case) for m in spring_preview.mails}
    fictional = set(Case) - {Case.CONTACT}
    assert shown == {(v, language, case) for v in "ab" for language in ("fr", "en") for case in fictional}
    assert not [m.page for m in spring_preview.mails if m.failure]
    assert not spring_preview.personal


def test_the_emptiest_contact_is_shown_with_fallbacks(spring_preview: Preview) -> None:
    mail = mail_for(spring_preview, Case.EMPTIEST)
    assert {(k.name, k.value, k.fallback) for k in mail.known} == {
        ("company", "votre atelier", True),
        ("first_name", "à vous", True),
    }
    assert mail.subject.startswith("Bonjour à vous")


def test_the_longest_values_are_longer_than_the_typical_ones(spring_preview: Preview) -> None:
    typical, longest = (mail_for(spring_preview, case, "b") for case in (Case.TYPICAL, Case.LONGEST))
    assert len(longest.subject) > len(typical.subject) + 20
    assert "MSG-SUBJ-18" in {f.code for f in longest.findings}
    assert "MSG-SUBJ-18" not in {f.code for f in typical.findings}


def test_without_consent_there_is_no_pixel_and_no_personal_link(spring_preview: Preview) -> None:
    untracked, typical = (mail_for(spring_preview, case) for case in (Case.UNTRACKED, Case.TYPICAL))
    assert f"{spring_preview.tracker}/o/" not in untracked.html
    assert f"{spring_preview.tracker}/c/" not in untracked.html + untracked.text
    assert f"{spring_preview.tracker}/o/" in typical.html


def test_fictional_contacts_get_products_as_the_segment_and_the_data_allow(example: Example) -> None:
    showroom = previewed(example, "showroom-2027")
    assert dict(mail_for(showroom, Case.MOST).rows) == {"lamps": 2}
    assert dict(mail_for(showroom, Case.FEWEST).rows) == {"lamps": 0}  # chosen for their loyalty, whatever their job
    catalogue = example.workspace / "data" / "catalogue.csv"
    head, *rows = catalogue.read_text("utf-8").splitlines(keepends=True)
    designers = [row for row in rows if ",designer," in row]
    catalogue.write_text(head + "".join(row for row in rows if row not in designers[1:]), "utf-8")
    spring = previewed(example)
    assert dict(mail_for(spring, Case.FEWEST).rows) == {"products": 1}
    assert dict(mail_for(spring, Case.MOST).rows) == {"products": 3}


def test_a_value_without_fallback_is_told_where_the_message_would_be(example: Example) -> None:
    example.edit("templates/templates.yaml", "company: {fallback: {fr: votre atelier, en: your studio}}", "company: {}")
    preview = previewed(example)
    mail = mail_for(preview, Case.EMPTIEST)
    assert mail.failure is not None
    assert "company" in mail.failure.en
    assert not mail.html
    assert mail_for(preview, Case.TYPICAL).failure is None


def test_a_template_that_cannot_be_rendered_spares_the_others(example: Example) -> None:
    example.edit("templates/product-news.en.mjml", "{{ contact.first_name }}", "{{ contact.first_name | money }}")
    preview = previewed(example)
    assert all(mail.failure for mail in preview.mails if mail.language == "en")
    assert not any(mail.failure for mail in preview.mails if mail.language == "fr")
    assert any(found.stops for found in preview.findings)


def test_a_template_that_does_not_end_is_told_not_waited_for(example: Example) -> None:
    loops = "{% for a in range(900) %}" * 3 + "{% endfor %}" * 3
    example.edit("templates/showroom-invitation.en.mjml", "{{ contact.first_name }}, the", f"{loops}The")
    preview = previewed(example, "showroom-2027")
    assert "TPL-RENDER-46" in {found.code for found in preview.findings}
    assert all(mail.failure for mail in preview.mails if mail.language == "en")
    assert not any(mail.failure for mail in preview.mails if mail.language == "fr")


def test_settings_with_a_finding_are_named_but_not_shown(example: Example) -> None:
    example.edit("envoi.yaml", "https://t.atelier-lumen.example", "https://t.elsewhere.example")
    preview = previewed(example)
    assert "envoi.yaml" in {found.place.path for found in preview.findings}
    assert preview.sources.keys() == {
        "2027/spring-2027.yaml",
        "templates/product-news.fr.mjml",
        "templates/product-news.en.mjml",
    }


def test_a_real_contact_is_shown_alone_in_their_language_and_marked(shared_example: Example) -> None:
    session = shared_example.session()
    keyring = session.keyring()
    try:
        real = next(p for p in people(session.book().view(), keyring) if p.value("job") == "designer")
    finally:
        keyring.close()
    preview = previewed(shared_example, real=real)
    assert preview.personal
    assert {mail.case for mail in preview.mails} == {Case.CONTACT}
    assert len({mail.language for mail in preview.mails}) == 1
    assert "Camille" not in "".join(mail.html for mail in preview.mails)
