"""A campaign's messages: each variant in each language, from template files to frozen Jinja text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.language.campaign import Campaign, Need, Template, Variant, Workspace, in_language
from compiler.language.canonical import sha256_hex
from compiler.language.catalogue import plan as entries
from compiler.language.catalogue import privacy
from compiler.language.contact import BUILT_IN_FIELDS
from compiler.language.finding import Finding, Place, finding
from compiler.language.picture import Picture
from compiler.language.plan import MessageTemplate
from compiler.lint import Origin
from compiler.mjml import compile_html, compile_mjml, compile_text
from compiler.pipeline.pictures import Album
from compiler.render import CompiledMjml, addresses_of, check_names, fields_of, fields_used, prepare

_CONTACT = "contact."


@dataclass(frozen=True, slots=True)
class Letter:
    """One variant in one language.

    `fields` are the contact's fields that it merges, `needs` what stands in for missing ones, `place` its source,
    `origin` everything that it is written in, `subject_place` where its subject is.
    """

    message: MessageTemplate
    fields: frozenset[str]
    needs: tuple[Need, ...]
    place: Place
    origin: Origin
    subject_place: Place


@dataclass(frozen=True, slots=True)
class Messages:
    """What the plan freezes: `letters` by (variant, language), and every file that was read with its SHA-256.

    `pictures` are those that the messages show, by path; their files stand among `documents`.
    """

    letters: Mapping[tuple[str, str], Letter]
    documents: Mapping[str, str]
    findings: tuple[Finding, ...]
    pictures: tuple[Picture, ...] = ()


def messages_of(workspace: Workspace, campaign: Campaign) -> Messages:
    """Every message of a campaign, with the findings of its templates, each once."""
    album = Album(workspace)
    files = _Files(Path(workspace.root), album)
    letters: dict[tuple[str, str], Letter] = {}
    findings: list[Finding] = []
    for variant in campaign.variants:
        template = workspace.template(variant.template)
        if template is None:  # `resolve` has said so
            continue
        for language in campaign.languages:
            compiled = files.compiled(template, language)
            findings += compiled.findings
            if not compiled.html:
                continue
            message, problems = _prepared(workspace, campaign, variant, language, compiled=compiled)
            place = Place(compiled.path)
            origin = Origin(place, campaign.place, files.read_for(template, language), album.all_shown())
            letters[variant.name, language] = Letter(
                message, _fields(message), template.needs, place, origin, variant.subject_place(language)
            )
            findings += problems
    pictures = tuple(album.shown[path] for path in sorted(album.shown))
    documents = {**files.documents, **{picture.path: picture.sha256 for picture in pictures}}
    return Messages(letters, documents, tuple(dict.fromkeys([*findings, *files.findings])), pictures)


def _prepared(
    workspace: Workspace, campaign: Campaign, variant: Variant, language: str, *, compiled: CompiledMjml
) -> tuple[MessageTemplate, list[Finding]]:
    subject = in_language(variant.subject or campaign.subject, language)
    preview = in_language(campaign.preview, language)
    message, findings = prepare(compiled, subject=subject, preview=preview)
    fields = {*(field.name for field in workspace.fields), *BUILT_IN_FIELDS}
    blocks = [block.name for block in campaign.data]
    place = Place(compiled.path)
    sources = (
        (subject, variant.subject_place(language)),
        (preview, campaign.place),
        (message.html, place),
        (message.text, place),
    )
    for source, where in sources:
        findings += check_names(source, where, contact=fields, blocks=blocks)
    return message, [*findings, *_personal_addresses(workspace, message, place)]


def _personal_addresses(workspace: Workspace, message: MessageTemplate, place: Place) -> Iterator[Finding]:
    """Links and pictures that would say who asks for them, whatever that person consented to."""
    sealed = {f"{_CONTACT}{name}" for name in ("address", *(field.name for field in workspace.fields if field.sealed))}
    for target in dict.fromkeys(addresses_of(message)):
        for name in sorted(fields_used(target) & sealed):
            yield finding(privacy.ADDRESS_PERSONAL, place, field=name, target=target)


def _fields(message: MessageTemplate) -> frozenset[str]:
    used = fields_of(message)
    return frozenset(name.removeprefix(_CONTACT) for name in used if name.startswith(_CONTACT))


@dataclass(slots=True)
class _Files:
    """The workspace's files, each read once and remembered as an input of the plan."""

    root: Path
    album: Album
    documents: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    _texts: dict[str, str | None] = field(default_factory=dict)
    _compiled: dict[tuple[str, str], CompiledMjml] = field(default_factory=dict)
    _used: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _using: list[str] = field(default_factory=list)  # what is read for the template at hand

    def compiled(self, template: Template, language: str) -> CompiledMjml:
        """A template in a language; the text part given for it replaces the derived one."""
        key = (template.name, language)
        if key not in self._compiled:
            self._using = self._used[key] = []
            self._compiled[key] = self._compile(template, language)
        return self._compiled[key]

    def read_for(self, template: Template, language: str) -> tuple[tuple[str, str], ...]:
        """The files that a compiled template is made of, itself the first."""
        paths = dict.fromkeys(self._used[template.name, language])
        return tuple((path, text) for path in paths if (text := self._texts.get(path)))

    def _compile(self, template: Template, language: str) -> CompiledMjml:
        path = in_language(template.source, language)
        source = self._needed(path, template.place)
        if source is None:
            return CompiledMjml("", "")
        compile_source = compile_html if path.endswith((".html", ".html.j2")) else compile_mjml
        compiled = compile_source(
            source,
            path,
            read=self.read,
            params=dict(template.params),
            album=self.album,
            inline_css=template.inline_css,
        )
        return self._with_text(compiled, template, language)

    def _with_text(self, compiled: CompiledMjml, template: Template, language: str) -> CompiledMjml:
        """The hand-written text part in place of the derived one, where there is one."""
        path = in_language(template.text, language) if template.text else ""
        source = self._needed(path, template.place) if path else None
        if source is None:
            return compiled
        text = compile_text(source, path, read=self.read, params=dict(template.params), album=self.album)
        return replace(compiled, text=text.text, findings=(*compiled.findings, *text.findings))

    def read(self, path: str) -> str | None:
        """A file's text, None where there is none; never beyond the workspace."""
        self._using.append(path)
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root.resolve()):
            return None
        try:
            data = file.read_bytes()
            text = data.decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        self.documents[path] = sha256_hex(data)
        return text

    def _needed(self, path: str, place: Place) -> str | None:
        text = self.read(path)
        if text is None:
            self.findings.append(finding(entries.UNREADABLE, place, path=path))
        return text
