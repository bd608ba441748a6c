"""Law and deliverability: a registry of rules, one function each, asked about people, declarations and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.lazy import lazily

if TYPE_CHECKING:
    from compiler.policy.admission import Admission, admit, already_sent, capped, received
    from compiler.policy.audience import Audience
    from compiler.policy.declarations import check_declarations, check_workspace
    from compiler.policy.headers import check_composed
    from compiler.policy.message import CLIPPED, Message, check_message
    from compiler.policy.people import Judgement, exclude, judge
    from compiler.policy.registry import Rule, Stage
    from compiler.policy.rules import RULES
    from compiler.policy.texts import check_texts, read_texts
    from compiler.policy.together import Noted, check_abroad, check_together
    from compiler.policy.waivers import apply_waivers

__all__ = [
    "CLIPPED",
    "RULES",
    "Admission",
    "Audience",
    "Judgement",
    "Message",
    "Noted",
    "Rule",
    "Stage",
    "admit",
    "already_sent",
    "apply_waivers",
    "capped",
    "check_abroad",
    "check_composed",
    "check_declarations",
    "check_message",
    "check_texts",
    "check_together",
    "check_workspace",
    "exclude",
    "judge",
    "read_texts",
    "received",
]

__getattr__ = lazily(
    __name__,
    {
        "admission": (
            "Admission",
            "admit",
            "already_sent",
            "capped",
            "received",
        ),
        "audience": ("Audience",),
        "declarations": (
            "check_declarations",
            "check_workspace",
        ),
        "headers": ("check_composed",),
        "message": (
            "CLIPPED",
            "Message",
            "check_message",
        ),
        "people": (
            "Judgement",
            "exclude",
            "judge",
        ),
        "registry": (
            "Rule",
            "Stage",
        ),
        "texts": (
            "check_texts",
            "read_texts",
        ),
        "together": (
            "Noted",
            "check_abroad",
            "check_together",
        ),
        "waivers": ("apply_waivers",),
        "rules": ("RULES",),
    },
)
