"""Usage, help and usage errors in French: click's own words and ours, from one gettext catalogue.

English is what the code says. The catalogue is `words/fr/LC_MESSAGES/envoi.po`; `make docs` compiles it.
"""

from __future__ import annotations

import copy
import gettext
import inspect
import os
from pathlib import Path

import click

DOMAIN = "envoi"
WORDS = Path(__file__).parent / "words"
#: What stands for a value, by click's name of its type.
_KINDS = {"text": "TEXT", "integer": "N", "integer range": "N", "directory": "DIR", "file": "FILE", "path": "FILE"}

#: What `envoi --help` says of each command, without importing any: the first sentence of its own help.
SUMMARIES = {
    "agent": "Follow the remote: propose, send what main locked, publish.",
    "check": "Check every declaration of the workspace, without any key.",
    "compile": "Make and store CAMPAIGN's plan: to whom, when, why not others.",
    "completion": "Print SHELL's completion script.",
    "contacts": "The contact book: import, find, show, stats, erase, compact.",
    "demo": "Play the whole path on this machine, from import to report.",
    "history": "What contacts have had and done so far.",
    "init": "Make a workspace in FOLDER that can send at once.",
    "ledger": "Put a ledger right that was lost, restored or moved.",
    "new": "Write a new declaration that compiles.",
    "plan": "Look at stored plans.",
    "preview": "Show CAMPAIGN as contacts would see it, in static pages.",
    "propose": "Compile CAMPAIGN and commit its lock to the current branch.",
    "publish": "Commit to the book what recipients and servers said; push it.",
    "replan": "Propose a plan for those whom the last one did not reach.",
    "report": "What became of a plan, and what people did.",
    "resolve": "Settle PLAN's messages in doubt, by evidence first.",
    "resume": "Lift what stops PLAN, its brakes and lanes included.",
    "returns": "Mail that came back: bounces, complaints, automatic replies.",
    "review": "What pull requests show and ask for.",
    "segment": "Look at segments: who is in one, and why.",
    "send": "Send PLAN inside its windows, as approved.",
    "status": "How PLAN stands, or every plan sent from here.",
    "stop": "Stop PLAN at its next permit.",
    "test": "Send CAMPAIGN's messages, marked [TEST], to envoi.yaml's seeds.",
    "tracker": "Record what comes back: opens, clicks, unsubscribes.",
}


def speak(language: str) -> None:
    """From here on this process's usage and help are in `language`. click asks gettext, and gettext asks LANGUAGE."""
    gettext.bindtextdomain(DOMAIN, str(WORDS))
    gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language


def said(text: str) -> str:
    """A help text in the language spoken, paragraph by paragraph; English where the catalogue does not know it."""
    return "\n\n".join(gettext.gettext(paragraph) for paragraph in paragraphs(text))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring, a line each."""
    return [" ".join(each.split()) for each in inspect.cleandoc(text).split("\n\n") if each.strip()]


def translated(command: click.Command) -> click.Command:
    """A copy of a command, and of those within it, whose help is in the language spoken."""
    own = copy.copy(command)
    own.help = said(command.help or "")
    own.short_help = gettext.gettext(command.short_help) if command.short_help else None
    own.options_metavar = gettext.gettext("[OPTIONS]")
    own.params = [_param(param) for param in command.params]
    if isinstance(own, click.Group):
        own.subcommand_metavar = gettext.gettext("COMMAND [ARGS]...")
        own.commands = {name: translated(inner) for name, inner in own.commands.items()}
    return own


def placeholder(param: click.Parameter) -> str:
    """The word in capitals that stands for what is to be given, empty where there is none."""
    if isinstance(param.type, click.Choice) or (isinstance(param, click.Option) and (param.is_flag or param.count)):
        return param.metavar or ""
    given = param.human_readable_name if isinstance(param, click.Argument) else _KINDS.get(param.type.name, "")
    return param.metavar or given


def _param(param: click.Parameter) -> click.Parameter:
    own = copy.copy(param)
    if isinstance(own, click.Option) and own.help:
        own.help = gettext.gettext(own.help)
    if word := placeholder(param):
        word = gettext.gettext(word)
        own.metavar = word if param.metavar or param.required or isinstance(param, click.Option) else f"[{word}]"
    return own
