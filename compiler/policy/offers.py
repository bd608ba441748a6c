"""What a message promises, as a reader sees it: a discount, and on what conditions."""

from __future__ import annotations

import re

_DISCOUNT = re.compile(
    r"(?<![\w-])[-\u2212\u2013]\s?\d{1,2}\s?%"
    r"|\b\d{1,2}\s?%\s+(?:de\s+)?(?:réduction|remise|rabais|off\b|discount)"
    r"|\b(?:soldes|code promo|offres? spéciales?|vente flash|special offers?|promo code|flash sale|clearance sale)\b",
    re.IGNORECASE,
)
_CONDITIONS = re.compile(
    r"\b(?:conditions|valables?|jusqu.au?\b|dans la limite|hors frais|valid (?:until|through|for)|terms|until"
    r"|while stocks last|ends on)",
    re.IGNORECASE,
)


def promises_a_discount(text: str) -> bool:
    """True where a reader would expect to pay less."""
    return _DISCOUNT.search(text) is not None


def says_the_conditions(text: str) -> bool:
    """True where the text says until when, for what, or where the conditions stand."""
    return _CONDITIONS.search(text) is not None
