"""Files that documents name: inside the workspace, plain, and there."""

from __future__ import annotations

import csv
from pathlib import Path, PurePosixPath

from compiler.language.catalogue import resolve as catalogue
from compiler.language.finding import Text, did_you_mean
from compiler.resolve.node import Node

_LONGEST_HEADER = 100_000
_PNG = b"\x89PNG\r\n\x1a\n"
HEAVIEST = 1_000_000  # bytes of a picture: more than a message is worth on a phone


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

    def picture(self, node: Node, text: str, *at: str) -> str:
        """The path as declared; a finding where it names no picture that every mail program shows, or a heavy one."""
        self.declared(node, text, *at)
        if self._problem(text) is not None:
            return text
        file = self.root / text
        with file.open("rb") as stream:
            begins = stream.read(len(_PNG))
        if not begins.startswith((_PNG, b"\xff\xd8\xff", b"GIF87a", b"GIF89a")):
            node.notes.add(catalogue.PICTURE, node.place(*at), path=text)
        elif file.stat().st_size > HEAVIEST:
            node.notes.add(catalogue.HEAVY, node.place(*at), path=text, size=file.stat().st_size // 1000)
        return text

    def header(self, path: str) -> list[str]:
        """The column names of a CSV file; none where it cannot be read, which is said elsewhere."""
        if self._problem(path) is not None or not path.endswith(".csv"):
            return []
        with (self.root / path).open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return next(csv.reader([file.readline(_LONGEST_HEADER)]), [])

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
        beside = sorted(str(parent / entry.name) for entry in folder.iterdir() if entry.is_file())
        return did_you_mean(text, beside)
