"""Person or machine: each rule, and what none of them may call a machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compiler.language.event import EventKind, Verdict
from tracker.network import Network, network_of
from tracker.verdict import Hit, Judgement, Rule, judge

NOON = datetime(2027, 3, 2, 12, tzinfo=UTC)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
CLICK = Hit(EventKind.CLICKED, NOON, "GET", PHONE, Network.OTHER, "https://a.example/1", timedelta(hours=1))
OPEN = replace(CLICK, kind=EventKind.OPENED, link="")


def ago(seconds: float) -> datetime:
    return NOON - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("hit", "rule"),
    [
        pytest.param(CLICK, Rule.PERSON, id="a-phone"),
        pytest.param(replace(CLICK, method="HEAD"), Rule.HEAD, id="head"),
        pytest.param(replace(CLICK, agent=""), Rule.AGENT_MISSING, id="no-agent"),
        pytest.param(replace(OPEN, agent="Mozilla/5.0"), Rule.PROXY, id="apple-mail-privacy"),
        pytest.param(
            replace(OPEN, agent="Mozilla/5.0 (Windows NT 5.1) (via ggpht.com GoogleImageProxy)"), Rule.PROXY, id="gmail"
        ),
        pytest.param(replace(CLICK, agent="Mozilla/5.0 (compatible; LinkScanner/2.1)"), Rule.SCANNER, id="scanner"),
        pytest.param(replace(CLICK, agent="python-httpx/0.28"), Rule.SCANNER, id="script"),
        pytest.param(replace(CLICK, agent="Googlebot/2.1"), Rule.SCANNER, id="bot"),
        pytest.param(replace(CLICK, network=Network.MICROSOFT), Rule.NETWORK, id="microsoft-network"),
        pytest.param(replace(CLICK, since_sent=timedelta(seconds=1)), Rule.TOO_SOON, id="too-soon"),
        pytest.param(replace(CLICK, since_sent=timedelta(seconds=2)), Rule.PERSON, id="soon-enough"),
        pytest.param(replace(CLICK, since_sent=None), Rule.PERSON, id="fact-not-here-yet"),
        pytest.param(
            replace(OPEN, agent="Mozilla/4.0 (compatible; ms-office; MSOffice 16)"), Rule.PERSON, id="outlook"
        ),
        pytest.param(replace(CLICK, agent="Mozilla/5.0 (Linux; Android 10; CUBOT X30)"), Rule.PERSON, id="cubot-phone"),
    ],
)
def test_each_rule_alone(hit: Hit, rule: Rule) -> None:
    assert judge(hit, ()).rule is rule


@pytest.mark.parametrize(
    ("earlier", "since"),
    [
        pytest.param([(ago(8), "b"), (ago(4), "c")], ago(8), id="three-links-in-ten-seconds"),
        pytest.param([(ago(0.2), "b")], ago(0.2), id="two-links-at-once"),
        pytest.param([(ago(30), "b"), (ago(4), "c")], None, id="two-links-in-ten-seconds"),
        pytest.param([(ago(8), CLICK.link), (ago(4), CLICK.link)], None, id="one-link-again-and-again"),
    ],
)
def test_a_burst_reaches_back_to_its_first_hit(earlier: list[tuple[datetime, str]], since: datetime | None) -> None:
    assert judge(CLICK, earlier) == Judgement(Rule.BURST if since else Rule.PERSON, since)


def test_opening_and_clicking_at_once_is_no_burst() -> None:
    assert judge(OPEN, [(ago(0.1), "b"), (ago(0.1), "c")]).verdict is Verdict.PERSON


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("127.0.0.1", Network.LOCAL),
        ("::1", Network.LOCAL),
        ("10.2.3.4", Network.LOCAL),
        ("17.58.1.2", Network.APPLE),
        ("66.249.93.1", Network.GOOGLE),
        ("40.94.20.1", Network.MICROSOFT),
        ("2a01:111:f400::1", Network.MICROSOFT),
        ("148.163.150.1", Network.GATEWAY),
        ("90.1.2.3", Network.OTHER),
        ("not an address", Network.OTHER),
        ("", Network.OTHER),
    ],
)
def test_the_class_of_a_network(host: str, network: Network) -> None:
    assert network_of(host) is network
