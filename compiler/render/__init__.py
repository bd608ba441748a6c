"""Messages from templates: Jinja in a sandbox, quoted-printable compiled, links and pixel in their places."""

from __future__ import annotations

from compiler.render.apart import check_in_child
from compiler.render.branches import Branches
from compiler.render.budget import TooMuch
from compiler.render.checks import may_run_long
from compiler.render.compiled import CompiledMjml
from compiler.render.fields import check_names, fields_of, fields_used
from compiler.render.prepare import addresses_of, prepare
from compiler.render.renderer import EnvoiLinks, Rendered, RenderedPlain, Renderer
from compiler.render.values import EmptyMerge, RenderError

__all__ = [
    "Branches",
    "CompiledMjml",
    "EmptyMerge",
    "EnvoiLinks",
    "RenderError",
    "Rendered",
    "RenderedPlain",
    "Renderer",
    "TooMuch",
    "addresses_of",
    "check_in_child",
    "check_names",
    "fields_of",
    "fields_used",
    "may_run_long",
    "prepare",
]
