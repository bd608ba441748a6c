"""Every rule there is, whatever it looks at."""

from __future__ import annotations

from collections.abc import Callable

from compiler.policy.declarations import CAMPAIGN_RULES, WORKSPACE_RULES
from compiler.policy.headers import HEADER_RULES
from compiler.policy.message import MESSAGE_RULES
from compiler.policy.people import GROUND_RULES, PEOPLE_RULES
from compiler.policy.registry import Rule
from compiler.policy.texts import TEXT_RULES
from compiler.policy.together import ABROAD_RULES, TOGETHER_RULES

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
