"""One message for one slot: links, headers, body and signature, as the octets that go on the wire."""

from __future__ import annotations

from runner.message.compose import Composed, Composer
from runner.message.dkim import DkimKey
from runner.message.headers import HeaderProblem

__all__ = ["Composed", "Composer", "DkimKey", "HeaderProblem"]
