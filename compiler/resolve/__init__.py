"""Documents → Workspace: names linked, defaults filled in, every value of the language's own type."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from compiler.language.campaign import Document, Workspace
from compiler.language.catalogue import resolve as catalogue
from compiler.language.document import KINDS, RawDocument
from compiler.language.finding import Finding, Place
from compiler.language.settings import Settings
from compiler.resolve.campaigns import Declared, campaign_of
from compiler.resolve.declarations import asset_of, dataset_of, form_of, template_of
from compiler.resolve.fields import fields_of
from compiler.resolve.files import Files
from compiler.resolve.node import Node, Notes, root
from compiler.resolve.segments import segments_of
from compiler.resolve.settings import settings_of
from compiler.resolve.sources import source_of

__all__ = ["HOME", "resolve"]

HOME = "envoi.yaml"


def resolve(
    root_folder: Path, documents: Iterable[RawDocument], *, broken: Iterable[tuple[str, str]] = ()
) -> tuple[Workspace | None, list[Finding]]:
    """The workspace, and what is wrong in how its documents refer to each other.

    Expects documents without schema findings; `broken` names (kind, name) those that have some, so that a reference
    to one of them is not reported as well. The workspace is None only where nothing could be compiled from it.
    """
    notes = Notes(broken=frozenset(broken))
    by_kind = _by_kind(sorted(documents, key=lambda d: (d.path, d.place())), notes)
    settings = _settings(by_kind["workspace"], notes)
    fields = fields_of(by_kind["fields"], Place(HOME))
    files = Files(root_folder)
    templates = {node.text("name"): template_of(node, fields, files) for node in by_kind["template"]}
    datasets = {node.text("name"): dataset_of(node, files) for node in by_kind["dataset"]}
    assets = [asset_of(node, files) for node in by_kind["asset"]]
    segments = segments_of(by_kind["segment"], fields, [node.text("name") for node in by_kind["campaign"]], files)
    if settings is None:
        return None, notes.findings
    purposes = [purpose.name for purpose in settings.purposes]
    sources = [source_of(node, fields, purposes) for node in by_kind["source"]]
    forms = [form_of(node, purposes) for node in by_kind["form"]]
    names = [node.text("name") for node in by_kind["segment"]]
    declared = Declared(settings, names, templates, datasets, fields, files)
    campaigns = [campaign_of(node, declared) for node in by_kind["campaign"]]
    workspace = Workspace(
        root=str(root_folder),
        settings=settings,
        campaigns=tuple(sorted((c for c in campaigns if c), key=lambda c: c.name)),
        segments=tuple(segments[name] for name in sorted(segments)),
        templates=tuple(templates[name] for name in sorted(templates)),
        fields=tuple(fields[name] for name in sorted(fields)),
        datasets=tuple(datasets[name] for name in sorted(datasets)),
        sources=tuple(sorted((s for s in sources if s), key=lambda s: s.name)),
        assets=tuple(sorted(assets, key=lambda a: a.name)),
        forms=tuple(sorted(forms, key=lambda f: (f.name, f.version))),
        documents=_files_of(by_kind),
    )
    return workspace, notes.findings


def _files_of(by_kind: dict[str, list[Node]]) -> tuple[Document, ...]:
    """Each file once, though it may hold several documents."""
    documents = [node.document for nodes in by_kind.values() for node in nodes]
    digests = {document.path: document.sha256 for document in documents}
    return tuple(Document(path, digests[path]) for path in sorted(digests))


def _by_kind(documents: list[RawDocument], notes: Notes) -> dict[str, list[Node]]:
    """The documents of each kind, the first of each name."""
    by_kind: dict[str, list[Node]] = {kind: [] for kind in KINDS}
    first: dict[tuple[str, str], Place] = {}
    for document in documents:
        node = root(document, notes)
        if document.name:
            place = document.place("name")
            known = first.setdefault((document.kind, document.name), place)
            if known is not place and not _other_version(document, by_kind):
                notes.add(catalogue.SECOND_NAME, place, kind=document.kind, name=document.name, first=known)
                continue
        by_kind[document.kind].append(node)
    return by_kind


def _other_version(document: RawDocument, by_kind: dict[str, list[Node]]) -> bool:
    """A form keeps its former versions: proofs of consent refer to them."""
    if document.kind != "form":
        return False
    return all(
        node.text("name") != document.name or node.value.get("version") != document.data.get("version")
        for node in by_kind["form"]
    )


def _settings(nodes: list[Node], notes: Notes) -> Settings | None:
    home = [node for node in nodes if node.document.path == HOME]
    for node in nodes:
        if node is not (home[0] if home else None):
            notes.add(catalogue.NO_WORKSPACE, node.key_place("kind"))
    if home:
        return settings_of(home[0])
    if ("workspace", "") not in notes.broken and not nodes:
        notes.add(catalogue.NO_WORKSPACE, Place(HOME))
    return None
