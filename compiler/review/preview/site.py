"""The preview as files: built in memory, written to a folder that holds nothing else."""

from __future__ import annotations

from pathlib import Path

from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.review.preview.index import index_page
from compiler.review.preview.page import message_page
from compiler.review.preview.pictures import Pictures
from compiler.review.preview.values import Preview
from compiler.review.preview.words import Tongue

INDEX = "index.html"
_IGNORE = ".gitignore"


def pages_of(preview: Preview, root: Path, language: str, *, version: str = "") -> dict[str, bytes]:
    """Every page by its name; the same preview gives the same bytes. `root` is where pictures are looked for.

    A `version` makes them live: they ask for the newest, and show themselves anew where it is another.
    """
    say = Tongue("en" if language == "en" else "fr")
    pictures = Pictures(root, preview.tracker)
    pages = {INDEX: index_page(preview, say, version=version)}
    pages |= {mail.page: message_page(preview, mail, pictures, say, version=version) for mail in preview.mails}
    return {name: text.encode() for name, text in pages.items()}


def refuse_other_folder(folder: Path) -> None:
    """Raises UsageProblem for a folder that holds something else than an earlier preview."""
    if folder.exists() and not _is_preview(folder):
        raise UsageProblem(
            Text(
                "le dossier de l'aperçu n'est pas vide : en choisir un autre avec --out",
                "the preview's folder is not empty: choose another one with --out",
            )
        )


def write_site(pages: dict[str, bytes], folder: Path, *, private: bool, ignored: bool) -> None:
    """Writes the pages in place of an earlier preview's. Raises UsageProblem as `refuse_other_folder` does.

    A private preview is readable by its owner alone. `ignored`: git is told to leave it out.
    """
    refuse_other_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700 if private else 0o755)
    for old in folder.glob("*.html"):
        if old.name not in pages:
            old.unlink()
    for name, content in pages.items():
        file = folder / name
        file.touch(mode=0o600 if private else 0o644)
        file.chmod(0o600 if private else 0o644)
        file.write_bytes(content)
    if ignored:
        (folder / _IGNORE).write_text("*\n")


def _is_preview(folder: Path) -> bool:
    """An empty folder, or one in which everything is an earlier preview's."""
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    strange = {name for name in names if name != _IGNORE and not name.endswith(".html")}
    if not names or strange:
        return not names
    return INDEX in names and b'content="envoi preview"' in (folder / INDEX).read_bytes()[:2000]
