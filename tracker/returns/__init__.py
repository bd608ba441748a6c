"""What came back in the mail: bytes → one classified value. Pure: nothing here reads a mailbox or acts on a contact."""

from __future__ import annotations

from compiler.language.reason import Reason
from tracker.returns.classify import classify
from tracker.returns.values import Kind, Record, Return, scrubbed

__all__ = ["Kind", "Reason", "Record", "Return", "classify", "scrubbed"]
