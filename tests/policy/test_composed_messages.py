"""The rules about octets, asked of messages that the runner really composes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from compiler.language.finding import Place
from compiler.policy import check_composed
from compiler.specimen import Specimen
from runner.message import Composer, DkimKey

AT = datetime(2027, 3, 2, 9, 30, tzinfo=UTC)
KEY = DkimKey("mail.atelier-lumen.example", "s2026", rsa.generate_private_key(65537, 1024))


@pytest.mark.parametrize("measured", [True, False])
def test_what_the_runner_composes_breaks_no_rule(measured: bool, small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan()
    composer = Composer(specimen.plan, key=b"k" * 32, dkim=KEY)
    for slot in specimen.plan.slots(0):
        values = specimen.values[slot.number]
        sent = composer.compose(slot, values, at=AT, attempt=1, opens=measured, clicks=measured)
        assert check_composed(sent.message, place=Place("plan"), private=[str(values["address"])]) == []


def test_hdr_dkimcov_03_an_unsigned_message_is_refused(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan()
    slot = next(specimen.plan.slots(0))
    composer = Composer(specimen.plan, key=b"k" * 32, dkim=None)
    sent = composer.compose(slot, specimen.values[0], at=AT, attempt=1, opens=True, clicks=True)
    assert [f.code for f in check_composed(sent.message, place=Place("plan"))] == ["HDR-DKIMCOV-03"]
