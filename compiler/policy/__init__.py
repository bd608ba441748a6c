"""Law and deliverability: a registry of rules, one function each, asked about people, declarations and messages."""

from compiler.policy.audience import Audience
from compiler.policy.people import Judgement, exclude, judge

__all__ = ["Audience", "Judgement", "exclude", "judge"]
