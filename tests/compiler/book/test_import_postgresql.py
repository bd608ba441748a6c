"""A query of a real PostgreSQL server, on a socket of its own."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from compiler.book.sources.line import SourceUnreadable
from compiler.language.campaign import Format, MarkType, Watermark

from .conftest import PERSON, Company
from .scene import ALIX, YANN, ZOE

QUERY = "select * from clients -- those of the shop"


@dataclass(frozen=True)
class Server:
    conninfo: str

    def do(self, statement: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as server:
            server.execute(statement.encode())

    def clients(self, company: Company, *rows: Mapping[str, str], changed: str = "2027-03-01 12:00+00") -> None:
        """The company's table, every row changed at one instant, beside those that are there."""
        columns = [sql.Identifier(name) for name in company.header]
        with psycopg.connect(self.conninfo, autocommit=True) as server:
            typed = sql.SQL(", ").join(sql.SQL("{} text").format(column) for column in columns)
            server.execute(sql.SQL("create table if not exists clients ({}, changed timestamptz)").format(typed))
            for row in rows:
                server.execute("delete from clients where code_client = %s", [row["code_client"]])
                values = [row.get(name, PERSON.get(name)) for name in company.header]
                marks = sql.SQL(", ").join([sql.Placeholder()] * (len(values) + 1))
                server.execute(sql.SQL("insert into clients values ({})").format(marks), [*values, changed])


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [str(Path(shutil.which("initdb") or "x").parent)]
    if not Path(binaries[-1], "initdb").exists():
        reason = "PostgreSQL is not installed (apt install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="envoi-pg-", dir="/tmp"))  # a short path: sockets have names of 107 bytes
    user = _unprivileged(folder)

    def run(tool: str, *arguments: str) -> None:
        command = [f"{binaries[-1]}/{tool}", "-D", str(folder / "data"), *arguments]
        done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    run("initdb", "--no-sync", "-U", "crm", "--auth=trust", "-E", "UTF8")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c lock_timeout=5s"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield Server(f"host={folder} user=crm dbname=postgres")
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> int | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid():
        return None
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user.pw_uid


@pytest.fixture
def server(running: Server) -> Server:
    running.do("drop table if exists clients")
    return running


def source(server: Server, **more: object) -> dict[str, Any]:
    return {"format": Format.POSTGRESQL, "path": "", "query": QUERY, "conninfo": server.conninfo, **more}


def test_a_query_brings_people_in(shop: Company, server: Server) -> None:
    server.clients(shop, ZOE, YANN, {**ALIX, "email": "alix"})
    report = shop.take_in(**source(server))
    assert (report.new, report.reasons) == (2, {"bad_address": 1})
    assert report.rejects == "crm.rejected.csv"
    rejects = list(shop.root.rglob("crm.rejected.csv"))
    assert [path.stat().st_mode & 0o777 for path in rejects] == [0o600]
    assert shop.take_in(**source(server)).unchanged == 2


def test_a_mark_asks_the_server_for_what_changed_since(shop: Company, server: Server) -> None:
    marked = source(server, watermark=Watermark("changed", MarkType.INSTANT))
    server.clients(shop, ZOE, YANN)
    shop.take_in(**marked)
    server.clients(shop, {**ZOE, "nom": "Le Goff"}, ALIX, changed="2027-03-01 13:00+02")
    server.clients(shop, ALIX, changed="2027-03-01 16:00+02")
    shop.clock.advance(timedelta(days=1))
    report = shop.take_in(**marked, seed=2)
    assert (report.rows, report.new, report.older, report.whole) == (2, 1, 0, False)
    server.clients(shop, {**YANN, "nom": "Le Goff"}, changed="2027-03-01 16:00+02")
    assert shop.take_in(**marked).changed == 1


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("delete from clients returning *", id="delete"),
        pytest.param("with gone as (delete from clients returning *) select * from gone", id="delete-within"),
        pytest.param("select setval('numbers', 9), c.* from clients c", id="sequence"),
        pytest.param("select 1) as source; drop table clients --", id="two-statements"),
        pytest.param("select * from nowhere", id="no-table"),
    ],
)
def test_a_query_that_does_more_than_read_is_refused(shop: Company, server: Server, query: str) -> None:
    server.clients(shop, ZOE)
    server.do("create sequence if not exists numbers")
    with pytest.raises(SourceUnreadable, match="PostgreSQL refused"):
        shop.take_in(**source(server, query=query))
    assert shop.take_in(**source(server)).new == 1


def test_an_error_of_the_server_quotes_no_value(shop: Company, server: Server) -> None:
    server.clients(shop, ZOE)
    with pytest.raises(SourceUnreadable) as caught:
        shop.take_in(**source(server, query="select nom::integer as number, c.* from clients c"))
    assert "Kermadec" not in str(caught.value)


def test_a_query_without_end_is_cancelled(shop: Company, server: Server) -> None:
    server.clients(shop, ZOE)
    query = "select pg_sleep(60)::text as slept, c.* from clients c"
    with pytest.raises(SourceUnreadable, match=r"more than 0\.2 s"):
        shop.take_in(**source(server, query=query, timeout=timedelta(seconds=0.2)))


def test_a_server_that_is_away_is_told_without_its_password(shop: Company, tmp_path: Path) -> None:
    away = Server(f"host={tmp_path} user=crm password=hunter2")
    with pytest.raises(SourceUnreadable, match="unreachable") as caught:
        shop.take_in(**source(away))
    assert "hunter2" not in repr(caught.value)
    with pytest.raises(SourceUnreadable):
        shop.take_in(**source(Server("this is = no connection string")))
