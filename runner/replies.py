"""What a server's reply means: the rules that sending and returns share, under the name that the runner knows."""

from __future__ import annotations

from compiler.language.replies import RULES, Judgement, Rule, classify, judge, scrub

__all__ = ["RULES", "Judgement", "Rule", "classify", "judge", "scrub"]
