"""The workspace's pictures as its templates name them; those that they show are inputs of the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from compiler.language.campaign import Asset, Workspace
from compiler.language.picture import Picture, read_header
from compiler.lint import Shown


class Album:
    """Gives a picture by its declared name, its path, or its file's name where only one declared picture bears it.

    `shown` are those that were found so far, by path. `base` is where the tracker serves them.
    """

    def __init__(self, workspace: Workspace) -> None:
        tracking = workspace.settings.tracking
        self.base = tracking.url.rstrip("/") if tracking else ""
        self.shown: dict[str, Picture] = {}
        self._root = Path(workspace.root)
        self._assets = workspace.assets

    @property
    def names(self) -> Sequence[str]:
        """What may be written, in the spelling that a reviewer understands best: the file's name."""
        return sorted(set(self._by_name) - {asset.path for asset in self._assets})

    def find(self, name: str) -> Picture | None:
        asset = self._by_name.get(name)
        if asset is None:
            return None
        if asset.path not in self.shown:
            picture = self._read(asset.path)
            if picture is None:
                return None
            self.shown[asset.path] = picture
        return self.shown[asset.path]

    def all_shown(self) -> tuple[Shown, ...]:
        """What was found so far, without the bytes, under every name that finds it."""
        names: dict[str, list[str]] = {}
        for name, asset in self._by_name.items():
            names.setdefault(asset.path, []).append(name)
        return tuple(
            Shown(each.name, path, tuple(names[path]), len(each.content), each.header.width, each.header.height)
            for path, each in sorted(self.shown.items())
        )

    @cached_property
    def _by_name(self) -> dict[str, Asset]:
        by_path = {asset.path: asset for asset in self._assets}
        bearers = Counter(PurePosixPath(path).name for path in by_path)
        files = {PurePosixPath(path).name: asset for path, asset in by_path.items()}
        found = {file: asset for file, asset in files.items() if bearers[file] == 1} | by_path
        return found | {asset.name: asset for asset in self._assets}

    def _read(self, path: str) -> Picture | None:
        """None where the file changed since `resolve` looked at it."""
        file = self._root / path
        if not file.resolve().is_relative_to(self._root.resolve()):
            return None
        try:
            content = file.read_bytes()
        except OSError:
            return None
        header = read_header(content)
        return Picture(path, content, header) if header else None
