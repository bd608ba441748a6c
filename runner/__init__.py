"""The sending: a plan leaves inside its windows, never twice, never lost."""
