"""The local table asked at each hit: may this contact be measured? Folded from the book and from own newer events."""

from __future__ import annotations

from datetime import datetime

from compiler.book.store import Book, BookView
from compiler.language.clock import Clock
from compiler.language.consent import Answer
from compiler.language.contact import Contact, Status
from compiler.language.suppression import ALL
from tracker.events import MEASURING, UNDO_SPAN, Consent, Withdrawal
from tracker.events.sqlite import SqliteEventStore
from tracker.publish import BOOK


def sync(store: SqliteEventStore, book: Book, *, clock: Clock) -> int:
    """Bring the table to the book's state; how many contacts it holds. Raises RemoteUnreachable or StoreUnavailable.

    The cursor is read before the book: a withdrawal published meanwhile counts as unpublished, and still holds.
    """
    published, proof = store.cursor(BOOK)
    book.refresh()
    view = book.view()
    contacts = {contact.id: contact for contact in view.contacts()}
    store.replace_consents((_consent(c) for c in contacts.values()), after=published)
    if _descends(book, view, proof):
        rows = (w for w in store.all_withdrawals() if w.position <= published)
        store.forget_withdrawals([w for w in rows if _overtaken(w, contacts.get(w.contact), clock.now())])
    return len(contacts)


def _consent(contact: Contact) -> Consent:
    return Consent(
        contact=contact.id,
        opens=contact.tracking.opens is Answer.GRANTED,
        clicks=contact.tracking.clicks is Answer.GRANTED,
        suppressed=contact.status is not Status.ACTIVE or any(o.scope == ALL for o in contact.objections),
    )


def _descends(book: Book, view: BookView, proof: str) -> bool:
    """Whether this book has heard all that was published: only then may it contradict a withdrawal."""
    return bool(proof and view.commit) and book.repository.is_ancestor(proof, str(view.commit))


def _overtaken(withdrawal: Withdrawal, contact: Contact | None, now: datetime) -> bool:
    """A published withdrawal that the book no longer holds was lifted since by a later consent.

    One undone is forgotten with its day: until then it counts how often a person changed their mind.
    """
    if withdrawal.undone:
        return now >= withdrawal.at + UNDO_SPAN
    if contact is None:
        return False
    if withdrawal.scope == MEASURING:
        return Answer.GRANTED in (contact.tracking.opens, contact.tracking.clicks)
    return contact.status is not Status.ERASED and not any(o.scope == withdrawal.scope for o in contact.objections)
