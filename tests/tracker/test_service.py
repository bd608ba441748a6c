"""The tracker over real HTTP: what recipients, mail clients, scanners and forgers get, and what is kept of it."""

from __future__ import annotations

import base64
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from compiler.language.clock import FixedClock
from compiler.language.event import Event, EventKind, Verdict
from compiler.language.settings import Organisation
from compiler.language.token import Purpose, Signer
from tracker.answers import GIF
from tracker.events import MEASURING, Consent
from tracker.events.sqlite import SqliteEventStore
from tracker.server import TrackerServer, listen
from tracker.service import ServiceSettings, create_app

MORNING = datetime(2027, 3, 2, 9, 30, tzinfo=UTC)
KEYS = {1: b"k" * 32, 2: b"old" + b"k" * 29}
PLAN = "0123456789abcdef"
ANNE, BASILE = "a" * 32, "b" * 32  # Anne agreed to be measured, Basile did not
TARGET = "https://www.atelier-lumen.example/lampes/alba?utm_source=newsletter"
PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ORGANISATION = Organisation(
    "Atelier Lumen", "12 rue des Lices, 35000 Rennes, France", "Europe/Paris", privacy_url="https://a.example/privacy"
)


@dataclass
class Post:
    """What the tests hold of a running tracker."""

    client: httpx.Client
    store: SqliteEventStore
    clock: FixedClock
    port: int

    def events(self) -> list[Event]:
        return [s.event for s in self.store.read(0, 1_000_000)]


def signer(contact: str, number: int = 1) -> Signer:
    return Signer(KEYS[number], number, PLAN, contact)


def pack(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def open_link(contact: str) -> str:
    return f"/o/{signer(contact).token(Purpose.OPEN)}.gif"


def click_link(contact: str, target: str = TARGET) -> str:
    return f"/c/{signer(contact).token(Purpose.CLICK, target.encode())}/{pack(target)}"


def leave_link(contact: str, language: str = "fr", purpose: str = "newsletter") -> str:
    extra = f"{language}|{purpose}|{contact[0]}•••@e•••.example"
    return f"/u/{signer(contact).token(Purpose.UNSUBSCRIBE, extra.encode())}/{pack(extra)}"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    clock = FixedClock(MORNING)
    store = SqliteEventStore(tmp_path / "events.sqlite", node="t1")
    store.replace_consents([Consent(ANNE, True, True), Consent(BASILE, False, False)])
    settings = ServiceSettings(ORGANISATION, "https://t.example", KEYS)
    bound, ready = listen("127.0.0.1", 0), threading.Event()
    server = TrackerServer(create_app(settings, store, clock), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert ready.wait(10)
    port = bound.getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=PHONE, timeout=20, trust_env=False) as client:
        yield Post(client, store, clock, port)
    server.should_exit = True
    thread.join()
    bound.close()
    store.close()


def test_an_open_is_kept_before_the_picture_is_answered(post: Post) -> None:
    answer = post.client.get(open_link(ANNE))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, GIF, "image/gif")
    event = post.events()[0]
    assert (event.kind, event.verdict, event.contact) == (EventKind.OPENED, Verdict.PERSON, ANNE)


def test_a_click_goes_to_the_signed_target_and_is_kept_without_its_query(post: Post) -> None:
    answer = post.client.get(click_link(ANNE))
    assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
    assert post.events()[0].get("link") == "https://www.atelier-lumen.example/lampes/alba"


def test_without_consent_the_answer_is_the_same_and_nothing_is_kept(post: Post) -> None:
    unheard_of = "c" * 32
    for contact in (BASILE, unheard_of):
        assert post.client.get(open_link(contact)).content == GIF
        assert post.client.get(click_link(contact)).headers["location"] == TARGET
    assert post.events() == []


def test_a_link_signed_with_the_former_key_still_works(post: Post) -> None:
    token = signer(ANNE, 2).token(Purpose.CLICK, TARGET.encode())
    assert post.client.get(f"/c/{token}/{pack(TARGET)}").status_code == 302


def test_no_answer_may_be_kept_indexed_or_referred_from(post: Post) -> None:
    for path in (open_link(ANNE), click_link(ANNE), leave_link(ANNE), "/o/none.gif"):
        headers = post.client.get(path).headers
        assert "no-store" in headers["cache-control"]
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert "server" not in headers
        assert "set-cookie" not in headers


def test_get_and_head_of_the_unsubscribe_link_change_nothing(post: Post) -> None:
    for _ in range(3):
        assert post.client.get(leave_link(ANNE)).status_code == 200
        assert post.client.head(leave_link(ANNE)).status_code == 200
    assert post.client.head(leave_link(ANNE)).content == b""
    assert post.events() == []
    assert post.store.all_withdrawals() == ()


def test_the_page_is_sober_html_without_script_or_outside_request(post: Post) -> None:
    answer = post.client.get(leave_link(ANNE))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert "src=" not in answer.text
    assert '<html lang="fr">' in answer.text
    assert "a•••@e•••.example" in answer.text
    assert "Me désinscrire" in answer.text


def test_the_page_speaks_the_signed_language(post: Post) -> None:
    assert "Unsubscribe" in post.client.get(leave_link(ANNE, "en")).text
    assert '<html lang="en">' in post.client.get(leave_link(ANNE, "en-GB")).text


def test_a_name_in_a_link_is_text_never_markup(post: Post) -> None:
    extra = 'en|<script>alert(1)</script>|"><img src=x>@e.example'
    token = signer(ANNE).token(Purpose.UNSUBSCRIBE, extra.encode())
    page = post.client.get(f"/u/{token}/{pack(extra)}").text
    assert "<script" not in page
    assert "<img" not in page


def test_one_click_is_durable_when_acknowledged_and_asks_for_nothing_else(post: Post) -> None:
    answer = post.client.post(leave_link(ANNE), data=ONE_CLICK)
    assert (answer.status_code, answer.history) == (200, [])
    with sqlite3.connect(f"file:{post.store.path}?mode=ro", uri=True) as reader:
        assert reader.execute("select contact, scope, undone from withdrawn").fetchall() == [(ANNE, "newsletter", 0)]
    reader.close()


def test_one_click_may_come_as_multipart(post: Post) -> None:
    answer = post.client.post(leave_link(ANNE), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert [w.scope for w in post.store.withdrawals(ANNE)] == ["newsletter"]


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("Content-Disposition: " + "(" * 7_000, id="nested-comments"),
        pytest.param('Content-Disposition: form-data; na*\n]e="List-Unsubscribe"', id="broken-parameter"),
        pytest.param("Content-Type: multipart/mixed; boundary=x", id="nested-parts"),
    ],
)
def test_a_form_made_to_break_its_reader_is_refused_like_any_other(post: Post, head: str) -> None:
    answer = post.client.post(
        leave_link(ANNE),
        content=f"--x\r\n{head}\r\n\r\nOne-Click\r\n--x--".encode(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 400
    assert post.store.all_withdrawals() == ()


@pytest.mark.parametrize("path", ["/healthz/", "/metrics/", "//evil.example/u/x/y/"])
def test_no_answer_is_built_from_the_host_that_a_client_names(post: Post, path: str) -> None:
    answer = post.client.get(path, headers={"host": "evil.example"})
    assert answer.status_code == 404
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("request_line", ["POST /u/none/none", "GET /healthz"])
def test_a_body_that_drips_gives_its_connection_back(
    post: Post, request_line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.server._BODY_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", post.port), timeout=10) as connection:
        connection.sendall(f"{request_line} HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\nx".encode())
        while connection.recv(65_536):
            pass


def test_one_click_repeated_is_acknowledged_and_kept_once(post: Post) -> None:
    for _ in range(3):
        assert post.client.post(leave_link(ANNE), data=ONE_CLICK).status_code == 200
    assert len(post.events()) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"List-Unsubscribe": "Two-Clicks"}, {"act": "leave", "scope": "another-purpose"}, {"act": "erase"}],
    ids=["nothing", "not-one-click", "scope-not-signed", "unknown-act"],
)
def test_a_post_that_asks_for_nothing_known_changes_nothing(post: Post, body: dict[str, str]) -> None:
    assert post.client.post(leave_link(ANNE), data=body).status_code == 400
    assert post.events() == []


@pytest.mark.parametrize("scope", ["newsletter", "all", MEASURING])
def test_each_button_acts_and_can_be_undone_within_a_day(post: Post, scope: str) -> None:
    left = post.client.post(leave_link(ANNE), data={"act": "leave", "scope": scope})
    assert left.status_code == 200
    assert 'value="undo"' in left.text
    assert [(w.scope, w.undone) for w in post.store.withdrawals(ANNE)] == [(scope, False)]
    post.clock.advance(timedelta(hours=23))
    back = post.client.post(leave_link(ANNE), data={"act": "undo", "scope": scope})
    assert back.status_code == 200
    assert [(w.scope, w.undone) for w in post.store.withdrawals(ANNE)] == [(scope, True)]
    assert post.store.consent(ANNE) == Consent(ANNE, True, True)


def test_a_day_later_the_undoing_is_neither_offered_nor_done(post: Post) -> None:
    post.client.post(leave_link(ANNE), data=ONE_CLICK)
    post.clock.advance(timedelta(hours=24))
    assert 'value="undo"' not in post.client.get(leave_link(ANNE)).text
    post.client.post(leave_link(ANNE), data={"act": "undo", "scope": "newsletter"})
    assert not post.store.withdrawals(ANNE)[0].undone


def test_stopping_the_measure_silences_messages_already_delivered(post: Post) -> None:
    post.client.get(open_link(ANNE))
    post.client.post(leave_link(ANNE) + "?t=1", data={"act": "leave", "scope": MEASURING})
    post.client.get(open_link(ANNE))
    post.client.get(click_link(ANNE))
    assert [e.kind for e in post.events()] == [EventKind.OPENED, EventKind.UNSUBSCRIBED]


def test_a_scanner_that_follows_every_link_is_told_apart_and_unsubscribes_nobody(post: Post) -> None:
    links = [click_link(ANNE, f"https://www.atelier-lumen.example/lampes/{n}") for n in range(4)]
    for path in (*links, leave_link(ANNE)):
        post.client.get(path)  # with a person's own user agent
    assert {e.verdict for e in post.events()} == {Verdict.MACHINE}
    assert len(post.events()) == 4
    assert post.store.all_withdrawals() == ()


def test_a_head_is_a_machines(post: Post) -> None:
    assert post.client.head(click_link(ANNE)).headers["location"] == TARGET
    assert post.events()[0].get("rule") == "head"


def test_a_hit_as_soon_as_the_message_left_is_a_machines(post: Post) -> None:
    post.store.append([Event("ledger", 1, MORNING - timedelta(seconds=1), EventKind.SENT, PLAN, ANNE)])
    post.client.get(open_link(ANNE))
    assert post.events()[-1].get("rule") == "too_soon"


def test_nothing_of_the_clients_address_is_kept(post: Post) -> None:
    post.client.get(open_link(ANNE), headers={"x-forwarded-for": "198.51.100.23"})
    post.client.post(leave_link(ANNE), data=ONE_CLICK, headers={"x-forwarded-for": "198.51.100.23"})
    post.store.close()
    stored = b"".join(p.read_bytes() for p in post.store.path.parent.iterdir())
    assert b"198.51.100" not in stored
    assert b"127.0.0.1" not in stored
    assert b"iPhone" not in stored


def _forgeries() -> list[str]:
    good_open, good_click, good_leave = open_link(ANNE), click_link(ANNE), leave_link(ANNE)
    token = good_click.split("/")[2]
    return [
        "/o/" + "A" * 56 + ".gif",
        good_open.replace("/o/", "/c/"),
        good_click.replace(pack(TARGET), pack("https://evil.example/")),
        f"/c/{token}/",
        f"/o/{token}.gif",
        good_leave.replace("/u/", "/c/"),
        good_click.replace(token, signer(BASILE).token(Purpose.CLICK, TARGET.encode())[:-1] + "_"),
        f"/u/{token}/{pack('fr|newsletter|x')}",
        good_open + "x",
        good_click + "=",
        "/c/" + "A" * 5000,
        "/u/x/y",
        "/nowhere",
        "/o/%00.gif",
        "/c/" + signer(ANNE).token(Purpose.CLICK, b"javascript:alert(1)") + "/" + pack("javascript:alert(1)"),
    ]


def test_forged_mistyped_and_unknown_links_get_the_same_answer(post: Post) -> None:
    answers = {
        (a.status_code, a.content, tuple(sorted((k, v) for k, v in a.headers.items() if k != "date")))
        for path in _forgeries()
        for a in [post.client.get(path)]
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    assert post.client.post(_forgeries()[5], data=ONE_CLICK).status_code in (404, 405)
    assert post.events() == []


def test_no_mutant_of_a_token_is_accepted() -> None:
    from tracker.links import Reader

    reader, random_source = Reader(KEYS), random.Random(7)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for path, read in (
        (open_link(ANNE), reader.open_of),
        (click_link(ANNE), reader.click_of),
        (leave_link(ANNE), reader.leaving_of),
    ):
        assert read(path) is not None
        for place in range(3, len(path)):
            for character in random_source.sample(alphabet, 12):
                mutant = path[:place] + character + path[place + 1 :]
                assert mutant == path or read(mutant) is None
            assert read(path[:place]) is None
            assert read(path[:place] + path[place + 1 :]) is None


def test_a_forged_token_takes_as_long_as_an_unknown_one() -> None:
    from tracker.links import Reader

    reader, good = Reader(KEYS), click_link(ANNE)
    forged = good[:58] + ("A" if good[58] != "A" else "B") + good[59:]  # a wrong signature under a key that exists
    unknown = "/c/" + base64.urlsafe_b64encode(b"\x09c" + bytes(40)).decode() + good[59:]  # a key that does not
    spent: dict[str, list[int]] = {forged: [], unknown: []}
    for _ in range(3_000):
        for path, times in spent.items():
            start = time.perf_counter_ns()
            assert reader.click_of(path) is None
            times.append(time.perf_counter_ns() - start)
    first, second = (statistics.median(times) for times in spent.values())
    assert abs(first - second) < 0.25 * max(first, second)


def test_a_body_larger_than_any_form_is_refused(post: Post) -> None:
    answer = post.client.post(leave_link(ANNE), content=b"a" * 20_000)
    assert answer.status_code == 413
    assert post.events() == []


def test_endless_headers_end_the_connection(post: Post) -> None:
    with socket.create_connection(("127.0.0.1", post.port), timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: t\r\nX: " + b"a" * 20_000)
        assert line.recv(100).startswith(b"HTTP/1.1 400")
    assert post.client.get("/healthz").status_code == 200


def test_requests_on_one_kept_connection_are_each_bounded_anew(post: Post) -> None:
    for _ in range(30):
        assert post.client.get(open_link(BASILE), headers={"x-pad": "a" * 1_000}).status_code == 200


def test_a_store_that_cannot_write_answers_503_to_leaving_and_serves_the_links(post: Post) -> None:
    post.store.close()
    assert post.client.post(leave_link(ANNE), data=ONE_CLICK).status_code == 503
    assert post.client.get(click_link(ANNE)).headers["location"] == TARGET
    assert post.client.get(open_link(ANNE)).content == GIF
    assert post.client.get("/healthz").status_code == 503


def test_health_and_metrics(post: Post) -> None:
    post.client.get(open_link(ANNE))
    assert post.client.get("/healthz").text == "ok\n"
    assert 'envoi_tracker_total{what="opened_person"} 1' in post.client.get("/metrics").text
    outside = post.client.get("/metrics", headers={"x-forwarded-for": "198.51.100.23"})
    assert outside.status_code == 404


def test_a_tracker_below_another_site_answers_under_its_path(tmp_path: Path) -> None:
    import asyncio

    store = SqliteEventStore(tmp_path / "events.sqlite")
    app = create_app(ServiceSettings(ORGANISATION, "https://www.example/mail/", KEYS), store, FixedClock(MORNING))

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://www.example") as client:
            return (await client.get("/mail" + click_link(BASILE))).status_code

    assert asyncio.run(ask()) == 302
    store.close()


_DYING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from compiler.language.clock import FixedClock
from compiler.language.settings import Organisation
from tracker.events.sqlite import SqliteEventStore
from tracker.server import listen, serve
from tracker.service import ServiceSettings, create_app

class Dying(SqliteEventStore):
    async def withdraw(self, act):
        await super().withdraw(act)
        os.kill(os.getpid(), signal.SIGKILL)

store = Dying(Path(sys.argv[1]))
bound = listen("127.0.0.1", 0)
settings = ServiceSettings(Organisation("A", "B", "Europe/Paris"), "https://t.example", {1: b"k" * 32})
app = create_app(settings, store, FixedClock(datetime(2027, 3, 2, 9, 30, tzinfo=UTC)))
serve(app, bound, ready=lambda: print(bound.getsockname()[1], flush=True))
"""


def test_killed_between_keeping_and_answering_the_withdrawal_stands(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    command = [sys.executable, "-c", _DYING, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        with pytest.raises(httpx.HTTPError):
            httpx.post(f"http://127.0.0.1:{port}{leave_link(ANNE)}", data=ONE_CLICK, timeout=20, trust_env=False)
        assert child.wait(10) == -9
    with SqliteEventStore(path) as store:
        assert [(w.contact, w.undone) for w in store.all_withdrawals()] == [(ANNE, False)]
        assert store.last_position() == 1
