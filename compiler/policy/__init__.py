"""Law and deliverability: a registry of rules, one function each, asked about people, declarations and messages."""

from compiler.policy.admission import Admission, admit
from compiler.policy.audience import Audience
from compiler.policy.people import Judgement, exclude, judge

__all__ = ["Admission", "Audience", "Judgement", "admit", "exclude", "judge"]
