"""MJML templates: expanded, checked, compiled to HTML and text that Jinja then fills."""

from __future__ import annotations

from compiler.mjml.compile import compile_html, compile_mjml, compile_text
from compiler.render.compiled import CompiledMjml

__all__ = ["CompiledMjml", "compile_html", "compile_mjml", "compile_text"]
