"""Why a message came back: one closed set, each reason with its class among the replies'."""

from __future__ import annotations

from enum import StrEnum

from compiler.language.reply import ReplyClass


class Reason(StrEnum):
    """Why, as far as the server tells."""

    USER_UNKNOWN = "userunknown"
    HOST_UNKNOWN = "hostunknown"
    HAS_MOVED = "hasmoved"
    NOT_ACCEPT = "notaccept"  # the domain takes no mail at all (RFC 7504, RFC 7505)
    MAILBOX_FULL = "mailboxfull"
    SUSPEND = "suspend"
    FILTERED = "filtered"  # the mailbox exists, or may: its own filter said no
    REJECTED = "rejected"  # our sender address
    NO_RELAYING = "norelaying"
    AUTH_FAILURE = "authfailure"
    REQUIRE_PTR = "requireptr"
    BLOCKED = "blocked"
    BAD_REPUTATION = "badreputation"
    SPEEDING = "speeding"
    TOO_MANY_CONN = "toomanyconn"
    SPAM_DETECTED = "spamdetected"
    VIRUS_DETECTED = "virusdetected"
    CONTENT_ERROR = "contenterror"
    MESSAGE_TOO_BIG = "mesgtoobig"
    EXCEED_LIMIT = "exceedlimit"
    POLICY_VIOLATION = "policyviolation"
    SECURITY_ERROR = "securityerror"
    NOT_COMPLIANT = "notcompliantrfc"
    EXPIRED = "expired"
    NETWORK_ERROR = "networkerror"
    ON_HOLD = "onhold"
    MAILER_ERROR = "mailererror"
    SYSTEM_ERROR = "systemerror"
    SYSTEM_FULL = "systemfull"
    SYNTAX_ERROR = "syntaxerror"
    UNDEFINED = "undefined"
    FEEDBACK = "feedback"
    VACATION = "vacation"
    DELIVERED = "delivered"

    @property
    def hard(self) -> bool:
        """Whether it says, for good, that nobody can be reached at that address. All else is about us or passes."""
        return self in _HARD

    @property
    def reply_class(self) -> ReplyClass:
        """What the runner would call a reply with that reason."""
        return _CLASSES[self]


_HARD = frozenset({Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN, Reason.HAS_MOVED, Reason.NOT_ACCEPT})
_CLASSES: dict[Reason, ReplyClass] = {
    Reason.USER_UNKNOWN: ReplyClass.DEAD,
    Reason.HOST_UNKNOWN: ReplyClass.DEAD,
    Reason.HAS_MOVED: ReplyClass.MOVED,
    Reason.NOT_ACCEPT: ReplyClass.DEAD,
    Reason.MAILBOX_FULL: ReplyClass.FULL,
    Reason.SUSPEND: ReplyClass.UNKNOWN_PERM,  # may be opened again: counts, does not exclude at once
    Reason.FILTERED: ReplyClass.UNKNOWN_PERM,
    Reason.REJECTED: ReplyClass.CONFIG,
    Reason.NO_RELAYING: ReplyClass.CONFIG,
    Reason.AUTH_FAILURE: ReplyClass.AUTH,
    Reason.REQUIRE_PTR: ReplyClass.AUTH,
    Reason.BLOCKED: ReplyClass.LANE_BLOCK,
    Reason.BAD_REPUTATION: ReplyClass.LANE_BLOCK,
    Reason.SPEEDING: ReplyClass.THROTTLE,
    Reason.TOO_MANY_CONN: ReplyClass.THROTTLE,
    Reason.SPAM_DETECTED: ReplyClass.CONTENT,
    Reason.VIRUS_DETECTED: ReplyClass.CONTENT,
    Reason.CONTENT_ERROR: ReplyClass.CONTENT,
    Reason.MESSAGE_TOO_BIG: ReplyClass.CONTENT,
    Reason.EXCEED_LIMIT: ReplyClass.CONTENT,
    Reason.POLICY_VIOLATION: ReplyClass.CONTENT,
    Reason.SECURITY_ERROR: ReplyClass.CONTENT,
    Reason.NOT_COMPLIANT: ReplyClass.CONTENT,
    Reason.EXPIRED: ReplyClass.TEMP,
    Reason.NETWORK_ERROR: ReplyClass.TEMP,
    Reason.ON_HOLD: ReplyClass.TEMP,
    Reason.MAILER_ERROR: ReplyClass.UNKNOWN_PERM,
    Reason.SYSTEM_ERROR: ReplyClass.TEMP,
    Reason.SYSTEM_FULL: ReplyClass.TEMP,
    Reason.SYNTAX_ERROR: ReplyClass.CONFIG,
    Reason.UNDEFINED: ReplyClass.UNKNOWN_PERM,
    Reason.FEEDBACK: ReplyClass.OK,
    Reason.VACATION: ReplyClass.OK,
    Reason.DELIVERED: ReplyClass.OK,
}
#: The reason that a reply's class leaves to think, where no text says more.
BY_CLASS: dict[ReplyClass, Reason] = {
    ReplyClass.DEAD: Reason.USER_UNKNOWN,
    ReplyClass.MOVED: Reason.HAS_MOVED,
    ReplyClass.FULL: Reason.MAILBOX_FULL,
    ReplyClass.RECIPIENT_RATE: Reason.SPEEDING,
    ReplyClass.THROTTLE: Reason.SPEEDING,
    ReplyClass.LANE_BLOCK: Reason.BLOCKED,
    ReplyClass.AUTH: Reason.AUTH_FAILURE,
    ReplyClass.CONFIG: Reason.REJECTED,
    ReplyClass.CONTENT: Reason.SPAM_DETECTED,
}
