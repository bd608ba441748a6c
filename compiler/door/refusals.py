"""What ends a command early, as one sentence that says what to do next, or one JSON object, and an exit code."""

from __future__ import annotations

import errno
import json
import os
import traceback
from dataclasses import dataclass
from pathlib import Path

import click

from compiler.language.errors import EnvoiError, FindingsStop
from compiler.language.finding import Finding, Text

USAGE, BUG, INTERRUPTED = 3, 70, 130
_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
#: What git says, in the C locale, of a trouble that is the operator's to put right.
_GIT = {
    b"No space left on device": errno.ENOSPC,
    b"Disk quota exceeded": errno.EDQUOT,
    b"Permission denied": errno.EACCES,
    b"Read-only file system": errno.EROFS,
}
_SQLITE = {"SQLITE_FULL": errno.ENOSPC, "SQLITE_READONLY": errno.EACCES, "SQLITE_PERM": errno.EACCES}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence for people, a code for programs."""

    text: Text
    code: int
    findings: tuple[Finding, ...] = ()


def refusal_of(error: BaseException) -> Refusal:
    """What to say of whatever ended a command. A bug is told by its place alone: its text may quote personal data."""
    if isinstance(error, FindingsStop):
        return Refusal(error.text, error.exit_code, tuple(error.findings))
    if isinstance(error, EnvoiError):
        return _of_git(error) or Refusal(error.text, error.exit_code)
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return Refusal(_INTERRUPTED, INTERRUPTED)
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _FULL):
        return Refusal(_unusable(error.errno or 0, _name(error), error.strerror or ""), USAGE)
    store = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
    if store in _SQLITE:
        return Refusal(_unusable(_SQLITE[store], "", ""), USAGE)
    return Refusal(_bug(error), BUG)


_INTERRUPTED = Text(
    "interrompu ; la même commande, relancée, reprend là où elle en était",
    "interrupted; the same command, run again, goes on from there",
)


def print_refusal(refusal: Refusal, language: str, *, as_json: bool, root: Path | None) -> None:
    """JSON goes to standard output, alone; a sentence, below its findings, to standard error."""
    sentence = refusal.text.say(language)
    if as_json:
        from compiler.review.formats import findings_json

        document = {"error": sentence, "code": refusal.code, **findings_json(list(refusal.findings))}
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    if refusal.findings:
        from compiler.review.formats import findings_text

        click.echo(findings_text(refusal.findings, language, root=root), err=True)
    click.echo(f"envoi: {sentence}", err=True)


def _of_git(error: EnvoiError) -> Refusal | None:
    """A program's failure that is known by what it wrote."""
    program, wrote = getattr(error, "program", ""), getattr(error, "stderr", b"")
    if program != "git":
        return None
    if getattr(error, "code", 0) == -1 and not wrote and "git" in error.text.en and "not found" in error.text.en:
        return Refusal(_NO_GIT, USAGE)
    if b"not a git repository" in wrote:
        return Refusal(_NO_REPOSITORY, USAGE)
    number = next((number for words, number in _GIT.items() if words in wrote), None)
    return Refusal(_unusable(number, "", ""), USAGE) if number is not None else None


_NO_GIT = Text(
    "git manque sur cette machine : l'installer (`sudo apt install git`), puis relancer",
    "git is missing on this machine: install it (`sudo apt install git`), then run this again",
)
_NO_REPOSITORY = Text(
    "cet espace de travail n'est pas un dépôt git : `git init -b main && git add -A && git commit -m Début`, "
    "puis `git remote add origin URL`",
    "this workspace is no git repository: `git init -b main && git add -A && git commit -m Begin`, "
    "then `git remote add origin URL`",
)


def _name(error: OSError) -> str:
    return os.fsdecode(error.filename) if error.filename is not None else ""


def _unusable(number: int, name: str, reason: str) -> Text:
    """A file or folder that is missing, full or closed to us is the operator's to put right, not a bug."""
    at = f" ({name})" if name else ""
    if number in _FULL:
        return Text(
            f"plus de place sur le disque{at} : en libérer (`df -h`), puis relancer la même commande",
            f"the disk is full{at}: free some space (`df -h`), then run the same command again",
        )
    if number in _CLOSED:
        seen = f"`ls -ld {name}`" if name else "`ls -l`"
        return Text(
            f"pas le droit de lire ou d'écrire{f' {name}' if name else ' ici'} : voir à qui il est ({seen}), "
            "et relancer sous ce compte",
            f"no right to read or write{f' {name}' if name else ' here'}: see whose it is ({seen}), "
            "and run this again as that user",
        )
    return Text(
        f"impossible de lire ou d'écrire {name} ({reason}) : vérifier le chemin, les droits et la place",
        f"cannot read or write {name} ({reason}): check the path, the rights and the space",
    )


def _bug(error: BaseException) -> Text:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    return Text(
        f"bug: {where} (ENVOI_TRACE=1 montre toute la trace, qui peut contenir des données personnelles)",
        f"bug: {where} (ENVOI_TRACE=1 shows the whole trace, which may hold personal data)",
    )
