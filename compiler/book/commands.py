"""`envoi contacts`: import, find, show, stats, erase, compact. They run on the keyed host."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import closing

import click

from compiler.book.compact import compact
from compiler.book.erasure import erase, finish_erasures
from compiler.book.find import find, suppressed
from compiler.book.import_command import import_command
from compiler.book.problems import NobodyFound
from compiler.book.record import contact_document
from compiler.book.rows import alone
from compiler.book.stats import stats
from compiler.book.words import sheet
from compiler.language.canonical import Json, instant_text
from compiler.language.contact import Person
from compiler.language.finding import Text
from compiler.session import Session


@click.group()
def contacts() -> None:
    """The contact book: import, find, show, stats, erase, compact."""


contacts.add_command(import_command)


@contacts.command("find")
@click.argument("who")
@click.pass_obj
def find_command(session: Session, who: str) -> None:
    """Find who is meant, without showing anybody: WHO is an id, an address, a customer code or a phone.

    `-` reads it from the input. It answers with ids, which other commands take and logs may hold. Exit code 1: nobody.
    """
    named = _named(who)
    view = session.book().view()
    with closing(session.keyring()) as keyring:
        found = [person.contact for person in find(named, view, keyring)]
    entries = suppressed(named, view.suppressions(), session.suppression_key())
    if not found and not entries:
        raise NobodyFound
    document: dict[str, Json] = {
        "found": [{"id": one.id, "status": one.status.value, "kind": one.kind.value} for one in found],
        "suppressed": [{"scope": one.scope, "reason": one.reason, "at": instant_text(one.at)} for one in entries],
    }
    _answer(session, document, lambda: sheet(document, _language(session)))


@contacts.command()
@click.argument("who")
@click.pass_obj
def show(session: Session, who: str) -> None:
    """Show a person in clear: WHO is an id, an address, a customer code or a phone; `-` reads it from the input."""
    book, keyring = session.book(), session.keyring()
    found = find(_named(who), book.view(), keyring)
    if not found:
        raise NobodyFound
    shown: list[Json] = [_shown(person) for person in found]
    _answer(session, {"people": shown}, lambda: "\n\n".join(sheet(one, _language(session)) for one in shown))


@contacts.command("stats")
@click.pass_obj
def stats_command(session: Session) -> None:
    """Count contacts by what their clear part says; needs no key."""
    book = session.book()
    book.refresh()
    view = book.view()
    counted: dict[str, Json] = {**stats(view.contacts()).to_json(), "suppressions": len(view.suppressions())}
    _answer(session, counted, lambda: sheet(counted, _language(session)))


@contacts.command("erase")
@click.argument("who")
@click.option("--request", default="", help="The reference of the request, for the receipt.")
@click.option("--yes", is_flag=True, help="Do not ask before erasing.")
@click.pass_obj
def erase_command(session: Session, who: str, request: str, yes: bool) -> None:
    """Erase a person for ever: WHO is an id, an address, a customer code or a phone; `-` reads it from the input.

    Their key is destroyed, which makes every copy of their identity unreadable: book, history and plans.
    """
    named = _named(who)
    book, keyring = session.book(), session.keyring()
    with alone(keyring):
        now = session.clock.now()
        book.refresh()
        finish_erasures(book, keyring, at=now)
        found = find(named, book.view(), keyring)
        if not found:
            raise NobodyFound
        if sys.stdin.isatty() and not yes:
            click.confirm(_say(session, f"Effacer {len(found)} ?", f"Erase {len(found)}?"), abort=True, err=True)
        receipt = erase(found, book, keyring, suppression_key=session.suppression_key(), at=now, request=request)
    _answer(session, receipt.to_json(), lambda: sheet(receipt.to_json(), _language(session)))


@contacts.command("compact")
@click.pass_obj
def compact_command(session: Session) -> None:
    """Fold the changes into the contacts: a smaller book that reads the same."""
    commit = compact(session.book(), at=session.clock.now())
    _answer(session, {"commit": commit}, lambda: commit)


def _named(who: str) -> str:
    """Whom a command names: what is given as an argument stays in shells' histories and shows in lists of processes."""
    return sys.stdin.readline().strip() if who == "-" else who


def _language(session: Session) -> str:
    return session.language or session.settings.language.value


def _say(session: Session, french: str, english: str) -> str:
    return Text(french, english).say(_language(session))


def _answer(session: Session, document: Mapping[str, Json], text: Callable[[], str]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, sort_keys=True) if session.json else text())


def _shown(person: Person) -> dict[str, Json]:
    clear = {name: value for name, value in contact_document(person.contact).items() if name != "seal"}
    return {**clear, "address": person.identity.address, "sealed": dict(person.identity.fields)}
