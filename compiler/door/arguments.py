"""What is read of a command line before any command is: envoi's own options, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_VALUED = ("-C", "--workspace", "--language")
_DECLARED = re.compile(r"^language:[ \t]*[\"']?(fr|en)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command line asks of envoi itself. `language` is empty where it does not say."""

    json: bool
    language: str
    root: Path


def options_first(args: Sequence[str]) -> list[str]:
    """The arguments with envoi's own options before the command: `status spring --json` is `--json status spring`.

    What follows `--` stays where it is.
    """
    own: list[str] = []
    rest: list[str] = []
    remaining = iter(args)
    for arg in remaining:
        if arg == "--":
            rest += [arg, *remaining]
        elif arg in _VALUED:
            own += [arg, *(value for value in (next(remaining, None),) if value is not None)]
        elif arg == "--json" or arg.startswith(("--workspace=", "--language=")):
            own.append(arg)
        else:
            rest.append(arg)
    return [*own, *rest]


def asked(args: Sequence[str]) -> Asked:
    """Envoi's own options, even of a command line that cannot be parsed."""
    json, language, root = False, "", "."
    remaining = iter(options_first(args))
    for arg in remaining:
        name, given, value = arg.partition("=")
        if arg == "--json":
            json = True
        elif name in _VALUED:
            value = value if given else next(remaining, "")
            language, root = (value, root) if name == "--language" else (language, value)
        else:
            break
    return Asked(json, language if language in ("fr", "en") else "", Path(root))


def first_language(wanted: Asked, environment: Mapping[str, str]) -> str:
    """The language of usage and help: the one asked for, envoi.yaml's, else the terminal's.

    envoi.yaml is only glanced at: help has to be instant, and the file may be broken.
    """
    from compiler.session import terminal_language

    if wanted.language:
        return wanted.language
    try:
        text = (wanted.root / "envoi.yaml").read_text("utf-8", errors="replace")
    except OSError:
        return terminal_language(environment)
    declared = _DECLARED.search(text)
    return declared[1] if declared else "fr"
