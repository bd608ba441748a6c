"""`/a/…` over real HTTP: the same bytes for everyone, kept for ever, remembered by nobody; nothing else is served."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

import tracker.pictures
from compiler.language.clock import FixedClock
from compiler.language.picture import Picture, PictureFormat, PictureHeader
from compiler.language.settings import Organisation
from tracker.answers import UNKNOWN_PAGE
from tracker.events.sqlite import SqliteEventStore
from tracker.pictures import Pictures
from tracker.server import TrackerServer, listen
from tracker.service import ServiceSettings, create_app

CLOCK = FixedClock(datetime(2027, 3, 2, 9, 30, tzinfo=UTC))
LAMP = Picture("lampe.jpg", bytes(range(256)) * 1_200, PictureHeader(PictureFormat.JPEG, 1200, 560))
FORGED = "/o/forged.gif"


@dataclass
class Stand:
    client: httpx.Client
    store: SqliteEventStore
    folder: Path
    port: int


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    folder = tmp_path / "plans" / "assets"
    folder.mkdir(parents=True)
    (folder / LAMP.name).write_bytes(LAMP.content)
    store = SqliteEventStore(tmp_path / "events.sqlite", node="t1")
    organisation = Organisation("Atelier Lumen", "12 rue des Lices, 35000 Rennes", "Europe/Paris")
    settings = ServiceSettings(organisation, "https://t.example", {1: b"k" * 32}, folder)
    bound, ready = listen("127.0.0.1", 0), threading.Event()
    server = TrackerServer(create_app(settings, store, CLOCK), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert ready.wait(10)
    port = bound.getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
        yield Stand(client, store, folder, port)
    server.should_exit = True
    thread.join()
    bound.close()
    store.close()


def test_a_picture_is_served_whole_to_be_kept_for_ever(stand: Stand) -> None:
    answer = stand.client.get(f"/a/{LAMP.name}?whatever=1")
    assert (answer.status_code, answer.content) == (200, LAMP.content)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == str(len(LAMP.content))
    assert "set-cookie" not in answer.headers


def test_head_says_the_same_without_the_bytes(stand: Stand) -> None:
    get, head = (stand.client.request(method, f"/a/{LAMP.name}") for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    assert {k: v for k, v in head.headers.items() if k != "date"} == {
        k: v for k, v in get.headers.items() if k != "date"
    }


def test_nobody_is_remembered(stand: Stand, capfd: pytest.CaptureFixture[str]) -> None:
    stand.client.get(f"/a/{LAMP.name}", headers={"user-agent": "Phone/1"})
    assert stand.store.last_position() == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64 + ".png",
        LAMP.name.replace(".jpg", ".png"),
        LAMP.name.upper(),
        LAMP.name + "%0a",
        LAMP.name + "%00",
        LAMP.name + "/",
        "",
        "%2e%2e/%2e%2e/events.sqlite",
        "..%2f..%2fevents.sqlite",
        "notes.txt",
    ],
)
def test_whatever_else_is_asked_gets_the_answer_of_a_forged_link(name: str, stand: Stand) -> None:
    (stand.folder / "notes.txt").write_text("not a picture")
    with socket.create_connection(("127.0.0.1", stand.port), timeout=10) as raw:  # no client that cleans the path
        raw.sendall(f"GET /a/{name} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    forged = stand.client.get(FORGED)
    assert answer.startswith(b"HTTP/1.1 404")
    assert answer.endswith(UNKNOWN_PAGE)
    for header, value in forged.headers.items():
        assert header in ("date", "connection") or f"{header}: {value}".encode() in answer


def test_links_pipes_and_folders_are_not_followed(stand: Stand) -> None:
    names = [f"{digit * 64}.png" for digit in "123"]
    (stand.folder / names[0]).symlink_to(stand.folder / LAMP.name)
    os.mkfifo(stand.folder / names[1])
    (stand.folder / names[2]).mkdir()
    assert [stand.client.get(f"/a/{name}").status_code for name in names] == [404] * 3


def test_other_methods_are_refused_and_a_tracker_without_folder_has_none(stand: Stand) -> None:
    assert stand.client.post(f"/a/{LAMP.name}").status_code == 405
    assert asyncio.run(ask(Pictures(None)))[0]["status"] == 404


async def ask(pictures: Pictures, *, patience: float = 0.0) -> list[MutableMapping[str, Any]]:
    said: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(patience)
        said.append(message)

    await pictures({"method": "GET", "headers": []}, send, f"/a/{LAMP.name}")
    return said


def test_slow_and_too_many_readers_do_not_keep_the_places_of_those_who_leave(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker.pictures, "_SECONDS", 0.05)
    slow = Pictures(stand.folder)
    asyncio.run(ask(slow, patience=0.04))
    assert slow.counts["picture_too_slow"] == 1
    monkeypatch.setattr(tracker.pictures, "_MOST", 0)
    assert asyncio.run(ask(Pictures(stand.folder)))[0]["status"] == 503
