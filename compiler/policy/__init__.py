"""Law and deliverability: a registry of rules, one function each, asked about people, declarations and messages."""

from collections.abc import Callable

from compiler.policy.admission import Admission, admit, already_sent, capped, received
from compiler.policy.audience import Audience
from compiler.policy.declarations import CAMPAIGN_RULES, WORKSPACE_RULES, check_declarations, check_workspace
from compiler.policy.headers import HEADER_RULES, check_composed
from compiler.policy.message import CLIPPED, MESSAGE_RULES, Message, check_message
from compiler.policy.people import GROUND_RULES, PEOPLE_RULES, Judgement, exclude, judge
from compiler.policy.registry import Rule, Stage
from compiler.policy.texts import TEXT_RULES, check_texts, read_texts
from compiler.policy.together import ABROAD_RULES, TOGETHER_RULES, Noted, check_abroad, check_together
from compiler.policy.waivers import apply_waivers

#: Every rule there is, whatever it looks at.
RULES: tuple[Rule[Callable[..., object]], ...] = (
    *PEOPLE_RULES,
    *GROUND_RULES,
    *TOGETHER_RULES,
    *ABROAD_RULES,
    *WORKSPACE_RULES,
    *CAMPAIGN_RULES,
    *TEXT_RULES,
    *MESSAGE_RULES,
    *HEADER_RULES,
)

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
