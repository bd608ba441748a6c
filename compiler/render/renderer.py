"""One message for one person: quoted-printable parts by compiled code, or the plain text they must decode to."""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from types import CodeType
from typing import Any, ClassVar, Protocol

from jinja2 import TemplateError, UndefinedError, nodes
from jinja2.runtime import Context
from markupsafe import Markup

from compiler.language.finding import Text
from compiler.language.plan import MessageTemplate
from compiler.render import budget
from compiler.render.environment import Sandbox
from compiler.render.generator import QuotedSandbox
from compiler.render.targets import checked_target
from compiler.render.values import EmptyMerge, Record, RenderError

#: No rendered part may be longer, in bytes.
LARGEST = 1_048_576
#: Nor may a part be written in more pieces: a message of 40 kB takes some hundreds.
MOST_PIECES = 131_072

#: What a template can make Python raise: anything else is a fault of envoi.
_FAULTS = (
    *(TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError),
    AssertionError,  # Jinja's own `truncate` asserts its arguments
)


class EnvoiLinks(Protocol):
    """Makes one recipient's links. `target` is absolute, http or https; the answer is no HTML, it will be escaped."""

    def link(self, number: int, target: str) -> str: ...

    def pixel(self) -> str:
        """The opening pixel as HTML, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message's parts. `text` and `html` are quoted-printable: CRLF, lines of at most 76 characters."""

    subject: str = field(repr=False)
    text: bytes = field(repr=False)
    html: bytes = field(repr=False)

    def plain(self) -> RenderedPlain:
        """What a mail client reads: a hard line break is LF, a CR of the text's own was written `=0D`."""
        text, html = (a2b_qp(part.replace(b"\r\n", b"\n")).decode() for part in (self.text, self.html))
        return RenderedPlain(self.subject, text, html)


@dataclass(frozen=True, slots=True)
class RenderedPlain:
    """What `Rendered` decodes to, made by Jinja's own code: lines end with LF."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


class _Envoi:
    """`envoi` as templates see it."""

    __slots__ = ("_links", "_targets")
    template_attributes: ClassVar[frozenset[str]] = frozenset({"link", "pixel"})

    def __init__(self, links: EnvoiLinks, targets: Mapping[int, str]) -> None:
        self._links = links
        self._targets = targets

    def link(self, number: int, target: object = None) -> str:
        return self._links.link(number, self._targets[number] if target is None else checked_target(target))

    def pixel(self) -> Markup:
        return Markup(self._links.pixel())  # noqa: S704 - our own tag, from a signed URL


class _Context(Context):
    """A context kept from message to message: making one costs more than filling it."""

    envoi_link: Callable[..., str]
    envoi_pixel: Callable[[], Markup]

    def fill(self, values: dict[str, Any], envoi: _Envoi) -> None:
        self.parent = values
        self.vars = {}
        self.exported_vars = set()
        self.envoi_link = envoi.link
        self.envoi_pixel = envoi.pixel


@lru_cache(maxsize=64)  # variants and languages have parts in common
def _code(source: str, sandbox: Sandbox) -> CodeType:
    return sandbox.compile(source, "template", "<template>")


class _Program:
    """A template compiled by a sandbox. Rendering it is not reentrant."""

    __slots__ = ("_context", "_root")

    def __init__(self, source: str | nodes.Template, sandbox: Sandbox) -> None:
        code = _code(source, sandbox) if isinstance(source, str) else sandbox.compile(source, "template", "<template>")
        namespace: dict[str, Any] = {"environment": sandbox, "__file__": "<template>"}
        exec(code, namespace)  # noqa: S102 - code that Jinja's sandbox generated from an approved template
        self._root: Callable[[Context], Iterator[Any]] = namespace["root"]
        self._context = _Context(sandbox, {}, "template", {})

    def pieces(self, values: dict[str, Any], envoi: _Envoi) -> list[Any]:
        """What the template writes. Raises RenderError."""
        self._context.fill(values, envoi)
        try:
            found = list(islice(self._root(self._context), MOST_PIECES))
            size = sum(map(len, found))
        except UndefinedError as error:
            raise EmptyMerge(_undefined_name(error)) from None
        except _FAULTS as error:
            # The message of such an error may quote a value: only its kind is said.
            raise RenderError(
                Text(
                    f"le gabarit ne peut être rendu ({type(error).__name__})",
                    f"the template cannot be rendered ({type(error).__name__})",
                )
            ) from None
        if len(found) == MOST_PIECES or size > LARGEST:  # refused before they fill the memory
            raise budget.too_large()
        return found


class Renderer:
    """Renders one message template, again and again. Not reentrant: one a thread."""

    def __init__(self, template: MessageTemplate) -> None:
        """Raises RenderError where the template cannot be compiled."""
        self._template = template
        self._targets = {link.number: link.target for link in template.links}
        self._globals = dict(_sandbox(False).globals)
        self._html = _compiled(template.html, _quoted_sandbox(True))
        self._text = _compiled(template.text, _quoted_sandbox(False))
        self._subject = _compiled(template.subject, _sandbox(False))
        self._plain: dict[tuple[str, bool], _Program] = {}  # compiled when first asked for: only proofs ask

    def render(self, values: Mapping[str, object], links: EnvoiLinks) -> Rendered:
        """The message's parts, ready for the wire. Raises RenderError, EmptyMerge where a value is missing."""
        envoi = _Envoi(links, self._targets)
        known = self._known(values, envoi)
        budget.begin()
        subject = known["subject"] = _one_line("".join(self._subject.pieces(known, envoi)))
        text = b"".join(self._text.pieces(known, envoi))
        html = b"".join(self._html.pieces(known, envoi))
        if len(text) > LARGEST or len(html) > LARGEST:
            raise budget.too_large()
        return Rendered(subject, text, html)

    def render_plain(self, values: Mapping[str, object], links: EnvoiLinks) -> RenderedPlain:
        """The same message by the plain path, for comparison. Raises as `render` does."""
        envoi = _Envoi(links, self._targets)
        known = self._known(values, envoi)
        budget.begin()

        def plain(source: str, *, autoescape: bool) -> str:
            if (source, autoescape) not in self._plain:
                self._plain[source, autoescape] = _compiled(source, _sandbox(autoescape))
            return "".join(self._plain[source, autoescape].pieces(known, envoi))

        subject = known["subject"] = _one_line(plain(self._template.subject, autoescape=False))
        text = plain(self._template.text, autoescape=False)
        return RenderedPlain(subject, text, plain(self._template.html, autoescape=True))

    def _known(self, values: Mapping[str, object], envoi: _Envoi) -> dict[str, Any]:
        known: dict[str, Any] = {**self._globals, **values, "envoi": envoi}
        for name in ("contact", "campaign", "organisation"):
            record = values.get(name)
            if isinstance(record, Mapping):
                known[name] = Record(name, record)
        return known


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _one_line(subject: str) -> str:
    if _CONTROL.search(subject):
        raise RenderError(Text("l'objet contient un caractère de contrôle", "the subject holds a control character"))
    return subject


_NAME = re.compile(r"'([\w.]+)' is undefined")


def _undefined_name(error: UndefinedError) -> str:
    found = _NAME.search(str(error))
    return found.group(1) if found else "?"


@lru_cache(maxsize=2)
def _sandbox(autoescape: bool) -> Sandbox:
    return Sandbox(autoescape=autoescape)


@lru_cache(maxsize=2)
def _quoted_sandbox(autoescape: bool) -> QuotedSandbox:
    return QuotedSandbox(autoescape=autoescape)


def _compiled(source: str, sandbox: Sandbox) -> _Program:
    try:
        return _Program(source, sandbox)
    except TemplateError as error:
        raise RenderError(
            Text(f"gabarit Jinja incorrect : {error}", f"the Jinja template is not valid: {error}")
        ) from None
    except UnicodeError:
        raise RenderError(
            Text("le gabarit contient un demi-caractère (\\ud800…)", "the template holds half a character (\\ud800…)")
        ) from None
    except (SyntaxError, RecursionError):  # Python itself limits how deep blocks and expressions may nest
        raise RenderError(Text("gabarit Jinja trop imbriqué", "the Jinja template nests too deep")) from None
