"""Whether two host names belong to the same organisation, without asking anybody."""

from __future__ import annotations

# The second-level public suffixes that European companies meet; a name under an unlisted one is only compared more
# widely, never refused.
_SECOND_LEVEL = frozenset({"ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "nom", "org", "prd", "tm"})


def organisational(domain: str) -> str:
    """The part of a domain that an organisation registers: `lumen.example` of `mail.lumen.example`."""
    labels = domain.lower().rstrip(".").split(".")
    suffix = 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 1
    return ".".join(labels[-suffix - 1 :])


def same_organisation(one: str, other: str) -> bool:
    """RFC 9989 relaxed alignment, near enough for advice."""
    return organisational(one) == organisational(other)
