"""Files that documents name: inside the workspace, plain, and there."""

from __future__ import annotations

import csv
from pathlib import Path, PurePosixPath

from compiler.language.campaign import likely_delimiter
from compiler.language.catalogue import picture as picture_entries
from compiler.language.catalogue import resolve as catalogue
from compiler.language.finding import Text, did_you_mean
from compiler.language.picture import WIDEST, read_header
from compiler.resolve.node import Node

_LONGEST_HEADER = 100_000
HEAVIEST = 1_000_000  # bytes of a picture, where it declares no limit: more is slow on a phone
REFUSED = 5_000_000  # bytes of a picture that no message needs


class Files:
    """Looks at the workspace's files, never outside its root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def declared(self, node: Node, text: str, *at: str) -> str:
        """The path as declared; a finding where it names no plain file of the workspace."""
        why = self._problem(text)
        if why is not None:
            node.notes.add(
                catalogue.FILE, node.place(*at), hint=self._nearest(text), path=text, why_fr=why.fr, why_en=why.en
            )
        return text

    def picture(self, node: Node, text: str, *at: str, limit: int = HEAVIEST) -> str:
        """The path as declared; a finding where it names no picture that every mail program shows, or a heavy one."""
        self.declared(node, text, *at)
        if self._problem(text) is not None:
            return text
        with (self.root / text).open("rb") as stream:
            data = stream.read(REFUSED + 1)
        header, place = read_header(data), node.place(*at)
        if len(data) > REFUSED:
            node.notes.add(picture_entries.TOO_HEAVY, place, path=text, most=REFUSED // 1_000_000)
        elif header is None:
            node.notes.add(catalogue.PICTURE, place, path=text)
        else:
            if len(data) > limit:
                node.notes.add(catalogue.HEAVY, place, path=text, size=len(data) // 1000, most=limit // 1000)
            if max(header.width, header.height) > WIDEST:
                width, height = header.width, header.height
                node.notes.add(picture_entries.TOO_WIDE, place, path=text, width=width, height=height, most=WIDEST)
        return text

    def text(self, path: str) -> str:
        """The characters of a document that was loaded; none where it has gone since."""
        try:
            return (self.root / path).read_text("utf-8-sig", "replace")
        except OSError:
            return ""

    def header(self, path: str, encoding: str = "utf-8", delimiter: str = "") -> list[str]:
        """The column names of a CSV file; none where it cannot be read, which is said elsewhere."""
        if self._problem(path) is not None or not path.endswith(".csv"):
            return []
        with (self.root / path).open(encoding=encoding, errors="replace", newline="") as file:
            line = file.readline(_LONGEST_HEADER).removeprefix("\ufeff")
        return next(csv.reader([line], delimiter=delimiter or likely_delimiter(line)), [])

    def _problem(self, text: str) -> Text | None:
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text:
            return Text("hors de l'espace de travail", "outside the workspace")
        steps = [self.root.joinpath(*path.parts[: n + 1]) for n in range(len(path.parts))]
        if any(step.is_symlink() for step in steps):
            return Text("lien symbolique refusé", "symbolic link refused")
        if not (self.root / path).is_file():
            return Text("ce fichier n'existe pas", "there is no such file")
        return None

    def _nearest(self, text: str) -> Text | None:
        folder = self.root / PurePosixPath(text).parent
        if ".." in PurePosixPath(text).parts or not folder.is_dir():
            return None
        parent = PurePosixPath(text).parent
        beside = sorted(
            str(parent / entry.name) for entry in folder.iterdir() if entry.is_file() and not entry.is_symlink()
        )
        return did_you_mean(text, beside)
