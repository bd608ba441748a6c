from __future__ import annotations

import pytest

from compiler.policy.offers import promises_a_discount, says_the_conditions


@pytest.mark.parametrize(
    "text",
    [
        "-20 % sur trois lampes",
        "Trois lampes à \u221230 %",
        "15 % de remise pour les prescripteurs",
        "10% off",
        "Les soldes commencent",
        "Votre code promo : LUMEN",
        "Special offer",
    ],
)
def test_msg_ad_04_a_reader_knows_a_discount_when_they_see_one(text: str) -> None:
    assert promises_a_discount(text)


@pytest.mark.parametrize(
    "text",
    [
        "100 % laiton, 80 % recyclé",
        "Une promotion bien méritée",
        "entre 10-20 % de flux",
        "Nos offres d’emploi",
        "Turn the lamp off",
    ],
)
def test_msg_ad_04_other_percentages_and_offers_promise_nothing(text: str) -> None:
    assert not promises_a_discount(text)


def test_msg_ad_04_until_when_or_for_what_is_a_condition() -> None:
    for text in ("Offre valable jusqu’au 31 mars", "Voir les conditions", "Valid until 31 March", "Terms apply"):
        assert says_the_conditions(text)
    assert not says_the_conditions("Trois lampes pour votre atelier")
