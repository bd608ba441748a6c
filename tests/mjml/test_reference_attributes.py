"""Every attribute of every component, beside npm's `mjml`: the same structure, or a finding at that attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from compiler.language.catalogue import template as codes
from compiler.mjml import compile_mjml
from compiler.mjml.components import ATTRIBUTES

if TYPE_CHECKING:
    from tests.mjml.conftest import Reference

LINK = "https://a.example/"
PICTURE = "https://a.example/i.png"
TEXT = "<mj-text>t</mj-text>"
COLUMN = f"<mj-column>{TEXT}</mj-column>"
SECTION = f"<mj-section>{COLUMN}</mj-section>"
BOX = f'background-url="{PICTURE}" background-color="#eeeeee"'
SIGNS = 'icon-wrapped-url="https://a.example/p.png" icon-unwrapped-url="https://a.example/m.png"'
ARROWS = 'left-icon="https://a.example/l.png" right-icon="https://a.example/r.png"'
IN_COLUMN = "<mj-section><mj-column>@</mj-column></mj-section>"
IN_ACCORDION = IN_COLUMN.replace("@", f"<mj-accordion {SIGNS}>@</mj-accordion>")
ACCORDION = IN_ACCORDION.replace("@", "<mj-accordion-element>@</mj-accordion-element>")
SLIDE = f'<mj-carousel-image src="{PICTURE}" alt="b" />'

#: A component: what stands around it, its attributes, its content. `@` is where it goes.
COMPONENTS: dict[str, tuple[str, str, str]] = {
    "mj-hero": ("@", f'background-url="{PICTURE}" background-width="600px" height="300px"', TEXT),
    "mj-section": ("@", BOX, COLUMN),
    "mj-wrapper": ("@", BOX, SECTION + SECTION),
    "mj-column": (f"<mj-section>@{COLUMN}</mj-section>", "", TEXT),
    "mj-group": ("<mj-section>@</mj-section>", "", COLUMN + COLUMN),
    "mj-button": (IN_COLUMN, f'href="{LINK}"', "b"),
    "mj-divider": (IN_COLUMN, "", ""),
    "mj-spacer": (IN_COLUMN, "", ""),
    "mj-image": (IN_COLUMN, f'src="{PICTURE}" alt="a" href="{LINK}"', ""),
    "mj-text": (IN_COLUMN, "", "t"),
    "mj-table": (IN_COLUMN, "", "<tr><td>1</td></tr>"),
    "mj-social": (IN_COLUMN, "", f'<mj-social-element src="{PICTURE}" alt="n" href="{LINK}">N</mj-social-element>' * 2),
    "mj-social-element": (
        IN_COLUMN.replace("@", "<mj-social>@</mj-social>"),
        f'src="{PICTURE}" alt="n" href="{LINK}"',
        "N",
    ),
    "mj-navbar": (IN_COLUMN, 'hamburger="hamburger"', f'<mj-navbar-link href="{LINK}">n</mj-navbar-link>'),
    "mj-navbar-link": (IN_COLUMN.replace("@", "<mj-navbar>@</mj-navbar>"), f'href="{LINK}"', "n"),
    "mj-accordion": (
        IN_COLUMN,
        SIGNS,
        "<mj-accordion-element><mj-accordion-title>t</mj-accordion-title></mj-accordion-element>",
    ),
    "mj-accordion-element": (
        IN_ACCORDION,
        "",
        "<mj-accordion-title>t</mj-accordion-title>",
    ),
    "mj-accordion-title": (ACCORDION.replace("@", "@<mj-accordion-text>x</mj-accordion-text>"), "", "t"),
    "mj-accordion-text": (ACCORDION.replace("@", "<mj-accordion-title>t</mj-accordion-title>@"), "", "x"),
    "mj-carousel": (IN_COLUMN, ARROWS, SLIDE + SLIDE),
    "mj-carousel-image": (
        IN_COLUMN.replace("@", f"<mj-carousel {ARROWS}>@{SLIDE}</mj-carousel>"),
        f'src="{PICTURE}" alt="a"',
        "",
    ),
}

VALUES: dict[str, tuple[str, ...]] = {
    "align": ("left", "center", "right"),
    "text-align": ("left", "center", "right"),
    "vertical-align": ("top", "middle", "bottom"),
    "direction": ("ltr", "rtl"),
    "background-repeat": ("repeat", "no-repeat"),
    "background-size": ("contain", "200px 100px"),
    "background-position": ("right bottom",),
    "background-position-x": ("right",),
    "background-position-y": ("bottom",),
    "full-width": ("full-width", "false"),
    "fluid-on-mobile": ("true",),
    "icon-position": ("left", "right"),
    "icon-align": ("top", "bottom"),
    "table-layout": ("fixed", "initial"),
    "role": ("none", "presentation"),
    "thumbnails": ("visible", "hidden", "supported"),
    "hamburger": ("hamburger",),
    "font-family": ("Georgia",),
    "font-weight": ("700",),
    "font-style": ("italic",),
    "line-height": ("30px", "1.7"),
    "border-style": ("dotted",),
    "srcset": ("https://a.example/2.png 2x",),
    "sizes": ("(max-width: 600px) 480px, 800px",),
    "title": ("Un titre",),
    "alt": ("Une lampe",),
    "name": ("zzz",),
    "rel": ("noopener",),
    "target": ("_top",),
    "usemap": ("#m",),
    "base-url": ("https://b.example",),
    "ico-open": ("+",),
    "ico-close": ("-",),
    "cellpadding": ("5",),
    "cellspacing": ("5",),
    "css-class": ("one two",),
    "width": ("120px", "50%"),
}
MODES = {"mj-social": ("horizontal", "vertical"), "mj-hero": ("fixed-height", "fluid-height")}

#: Where the engines differ and no reader can see it.
HARMLESS = {
    "mj-table border": "border-collapse: separate, of cells without space between them",
    "mj-table width": "width=120px is read as width=120",
}


def values(tag: str, attribute: str) -> tuple[str, ...]:
    if attribute == "mode":
        return MODES[tag]
    if attribute in VALUES:
        return VALUES[attribute]
    if attribute.endswith("color"):
        return ("#a1b2c3",)
    if attribute.endswith("url") or attribute in ("src", "href", "thumbnails-src", "left-icon", "right-icon"):
        return ("https://a.example/z.png",)
    if attribute.endswith("padding"):
        return ("9px", "11px 13px", "40px 0", "0", "0 20px", "0 7px 3px", "5px 0 0 9px")
    sides = ("top", "right", "bottom", "left")
    if attribute.endswith("border") or ("border-" in attribute and attribute.endswith(sides)):
        return ("2px solid #123456",)
    if attribute.endswith("decoration"):
        return ("underline",)
    return ("uppercase",) if attribute.endswith("transform") else ("17px",)


def cases() -> Iterator[tuple[str, str, str]]:
    """Component and attribute, what is written, and a document that holds it."""
    for tag, (around, fixed, content) in COMPONENTS.items():
        for attribute in sorted(ATTRIBUTES[tag] | {"css-class"}):
            others = " ".join(one for one in fixed.split() if not one.startswith(f"{attribute}="))
            for value in values(tag, attribute):
                written = f'{attribute}="{value}"'
                component = f"<{tag} {written} {others}>{content}</{tag}>"
                yield f"{tag} {attribute}", written, f"<mjml><mj-body>{around.replace('@', component)}</mj-body></mjml>"


CASES = {f"{name} {written}": (name, written, source) for name, written, source in cases()}
SAID = {codes.ATTRIBUTE_IGNORED, codes.ATTRIBUTE_DIFFERS, codes.ATTRIBUTE_VALUE}


@pytest.fixture(scope="module")
def theirs(reference: type[Reference]) -> Reference:
    return reference.of({name: source for name, (_, _, source) in CASES.items()})


@pytest.mark.parametrize("tag", COMPONENTS)
def test_an_attribute_does_what_it_does_in_the_reference_or_is_a_finding(tag: str, theirs: Reference) -> None:
    wrong = {}
    for case, (name, written, source) in CASES.items():
        if not name.startswith(f"{tag} "):
            continue
        made = compile_mjml(source, "a.mjml", read=lambda path: None, params={})
        said = [found.place.column for found in made.findings if found.entry in SAID]
        differs = theirs.difference(case, made.html) and name not in HARMLESS
        if said != ([source.index(written) + 1] if differs else []):
            wrong[case] = (said, differs)
    assert wrong == {}


def test_every_attribute_of_the_body_is_compared() -> None:
    head = {tag for tag in ATTRIBUTES if tag not in COMPONENTS}
    assert head == {
        *("mjml", "mj-body", "mj-head", "mj-attributes", "mj-breakpoint", "mj-font", "mj-preview", "mj-style"),
        *("mj-title", "mj-raw", "mj-all", "mj-class", "mj-html-attributes", "mj-selector", "mj-html-attribute"),
    }
    assert len(CASES) > 600
