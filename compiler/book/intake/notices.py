"""What the law would have somebody look at among people who may come in: counted by rule, nobody is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from compiler.book.intake.gather import Intake
from compiler.language.campaign import Form
from compiler.language.canonical import sha256_hex
from compiler.language.consent import Basis, Ground
from compiler.language.contact import Kind
from compiler.language.lane import is_free_mail


def notices(intake: Intake, forms: Sequence[Form]) -> dict[str, int]:
    """LAW-PRO-05: a free mailbox called professional. LAW-GENERIC-06: a function's mailbox with a person's name.
    LAW-PROOF-07: a consent to a text that the form it names does not show.
    """
    found: Counter[str] = Counter()
    shown = _shown(forms)
    for draft in intake.drafts:
        interest = any(b.ground is Ground.LEGITIMATE_INTEREST for b in draft.basis)
        if draft.kind is Kind.PROFESSIONAL and interest and is_free_mail(draft.address.domain):
            found["LAW-PRO-05"] += 1
        if draft.kind is Kind.GENERIC and (draft.values.get("first_name") or draft.values.get("last_name")):
            found["LAW-GENERIC-06"] += 1
        if any(_shown_elsewhere(basis, shown) for basis in draft.basis):
            found["LAW-PROOF-07"] += 1
    return dict(sorted(found.items()))


def _shown(forms: Sequence[Form]) -> dict[str, set[tuple[str, str, str]]]:
    """By name of a form: the version, purpose and SHA-256 of every text that it shows to those who agree."""
    shown: dict[str, set[tuple[str, str, str]]] = {}
    for form in forms:
        texts = shown.setdefault(form.name, set())
        for consent in form.consents:
            digests = (sha256_hex(text.encode()) for _, text in consent.text)
            texts.update((str(form.version), consent.purpose, digest) for digest in digests)
    return shown


def _shown_elsewhere(basis: Basis, shown: Mapping[str, set[tuple[str, str, str]]]) -> bool:
    """Whether a proof `form@version` with a text names a declared form, but none of the texts of that version."""
    name, _, version = basis.proof.form.partition("@")
    digest = basis.proof.text_sha256
    return bool(digest) and name in shown and (version, basis.purpose, digest) not in shown[name]
