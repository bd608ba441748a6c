"""The components of MJML 4, their children and attributes (from the reference engine's own tables), and what
mjml-python cannot do with them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PADDING = "padding padding-top padding-right padding-bottom padding-left"
_BORDER = "border border-top border-right border-bottom border-left"
_FONT = "font-family font-size font-style font-weight"

_ATTRIBUTES = {
    "mjml": "dir lang owa",
    "mj-body": "background-color width",
    "mj-head": "",
    "mj-attributes": "",
    "mj-breakpoint": "width",
    "mj-html-attributes": "",
    "mj-font": "href name",
    "mj-preview": "",
    "mj-style": "inline",
    "mj-title": "",
    "mj-hero": (
        f"{_PADDING} background-color background-height background-position background-url background-width "
        "border-radius container-background-color height inner-background-color inner-padding "
        "inner-padding-bottom inner-padding-left inner-padding-right inner-padding-top mode vertical-align"
    ),
    "mj-button": (
        f"{_PADDING} {_BORDER} {_FONT} align background-color border-radius color container-background-color "
        "height href inner-padding letter-spacing line-height name rel target text-align text-decoration "
        "text-transform title vertical-align width"
    ),
    "mj-column": (
        f"{_PADDING} {_BORDER} background-color border-radius direction inner-background-color inner-border "
        "inner-border-bottom inner-border-left inner-border-radius inner-border-right inner-border-top "
        "vertical-align width"
    ),
    "mj-divider": f"{_PADDING} align border-color border-style border-width container-background-color width",
    "mj-group": "background-color direction vertical-align width",
    "mj-image": (
        f"{_PADDING} {_BORDER} align alt border-radius container-background-color fluid-on-mobile font-size "
        "height href max-height name rel sizes src srcset target title usemap width"
    ),
    "mj-raw": "position",
    "mj-section": (
        f"{_PADDING} {_BORDER} background-color background-position background-position-x "
        "background-position-y background-repeat background-size background-url border-radius direction "
        "full-width text-align text-padding"
    ),
    "mj-spacer": f"{_PADDING} {_BORDER} container-background-color height",
    "mj-text": (
        f"{_PADDING} {_FONT} align background-color color container-background-color height letter-spacing "
        "line-height text-decoration text-transform vertical-align"
    ),
    "mj-table": (
        f"{_PADDING} align border cellpadding cellspacing color container-background-color font-family "
        "font-size font-weight line-height role table-layout vertical-align width"
    ),
    "mj-wrapper": (
        f"{_PADDING} {_BORDER} background-color background-position background-position-x "
        "background-position-y background-repeat background-size background-url border-radius direction "
        "full-width gap text-align text-padding"
    ),
    "mj-social": (
        f"{_PADDING} {_FONT} align border-radius color container-background-color icon-height icon-padding "
        "icon-size inner-padding line-height mode table-layout text-decoration text-padding vertical-align"
    ),
    "mj-social-element": (
        f"{_PADDING} {_FONT} align alt background-color border-radius color href icon-height icon-padding "
        "icon-position icon-size line-height name rel sizes src srcset target text-decoration text-padding "
        "title vertical-align"
    ),
    "mj-navbar": (
        f"{_PADDING} align base-url hamburger ico-align ico-close ico-color ico-font-family ico-font-size "
        "ico-line-height ico-open ico-padding ico-padding-bottom ico-padding-left ico-padding-right "
        "ico-padding-top ico-text-decoration ico-text-transform"
    ),
    "mj-navbar-link": (
        f"{_PADDING} {_FONT} color href letter-spacing line-height name rel target text-decoration text-transform"
    ),
    "mj-accordion": (
        f"{_PADDING} border container-background-color font-family icon-align icon-height icon-position "
        "icon-unwrapped-alt icon-unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url"
    ),
    "mj-accordion-element": (
        "background-color border font-family icon-align icon-height icon-position icon-unwrapped-alt "
        "icon-unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url"
    ),
    "mj-accordion-text": (
        f"{_PADDING} background-color color font-family font-size font-weight letter-spacing line-height"
    ),
    "mj-accordion-title": f"{_PADDING} background-color color font-family font-size font-weight",
    "mj-carousel": (
        f"{_PADDING} align border-radius container-background-color icon-width left-icon right-icon tb-border "
        "tb-border-radius tb-hover-border-color tb-selected-border-color tb-width thumbnails"
    ),
    "mj-carousel-image": "alt border-radius href rel src target tb-border tb-border-radius thumbnails-src title",
    "mj-all": "",
    "mj-class": "name",
    "mj-selector": "path",
    "mj-html-attribute": "name",
}

#: Attributes that any component of the body takes.
COMMON = frozenset({"css-class", "mj-class"})

ATTRIBUTES: dict[str, frozenset[str]] = {tag: frozenset(names.split()) for tag, names in _ATTRIBUTES.items()}

#: Every attribute of any component: what mj-all and mj-class may set.
ANY_ATTRIBUTE = frozenset(name for names in ATTRIBUTES.values() for name in names)

_CONTENT = [
    "mj-accordion",
    "mj-button",
    "mj-carousel",
    "mj-divider",
    "mj-image",
    "mj-raw",
    "mj-social",
    "mj-spacer",
    "mj-table",
    "mj-text",
    "mj-navbar",
]

# Without the mj-raw that the reference engine takes in accordions, navbars and mjml: mrml refuses it there.
CHILDREN: dict[str, frozenset[str]] = {
    tag: frozenset(children)
    for tag, children in {
        "mjml": ["mj-body", "mj-head"],
        "mj-head": [
            "mj-attributes",
            "mj-breakpoint",
            "mj-html-attributes",
            "mj-font",
            "mj-preview",
            "mj-style",
            "mj-title",
            "mj-raw",
        ],
        "mj-attributes": ["mj-all", "mj-class", *(t for t in ATTRIBUTES if t not in ("mjml", "mj-head"))],
        "mj-body": ["mj-raw", "mj-section", "mj-wrapper", "mj-hero"],
        "mj-wrapper": ["mj-hero", "mj-raw", "mj-section"],
        "mj-section": ["mj-column", "mj-group", "mj-raw"],
        "mj-group": ["mj-column", "mj-raw"],
        "mj-column": _CONTENT,
        "mj-hero": _CONTENT,
        "mj-accordion": ["mj-accordion-element"],
        "mj-accordion-element": ["mj-accordion-title", "mj-accordion-text"],
        "mj-carousel": ["mj-carousel-image"],
        "mj-navbar": ["mj-navbar-link"],
        "mj-social": ["mj-social-element"],
    }.items()
}

#: Components whose content is HTML or text, which mrml must not read: it goes through as one opaque word.
ENDING = frozenset(
    [
        "mj-accordion-text",
        "mj-accordion-title",
        "mj-button",
        "mj-navbar-link",
        "mj-preview",
        "mj-raw",
        "mj-social-element",
        "mj-style",
        "mj-table",
        "mj-text",
        "mj-title",
    ]
)

#: Where a Jinja block may stand between components: it is wrapped in mj-raw there.
WRAPPABLE = frozenset(["mj-head", "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"])

#: What mjml-python 1.4 refuses or silently does wrong: component, or (component, attribute).
UNSUPPORTED = frozenset({"mj-html-attributes", "mj-selector", "mj-html-attribute"})
IGNORED_ATTRIBUTES = frozenset(
    {
        ("mj-accordion-title", "font-weight"),
        ("mj-hero", "border-radius"),
        ("mj-image", "border-bottom"),
        ("mj-image", "border-left"),
        ("mj-image", "border-right"),
        ("mj-image", "border-top"),
        ("mj-image", "sizes"),
        ("mj-social-element", "sizes"),
        ("mj-social-element", "srcset"),
        ("mj-style", "inline"),
        ("mj-table", "role"),
        ("mj-wrapper", "gap"),
        ("mjml", "owa"),
    }
)
IGNORED_VALUES = frozenset(
    {
        ("mj-carousel", "thumbnails", "supported"),
        ("mj-hero", "mode", "fluid-height"),
        ("mj-social-element", "icon-position", "right"),
    }
)


def differs(tag: str, attribute: str, attributes: Mapping[str, str]) -> bool:
    """Whether mjml-python computes an attribute otherwise than the reference engine, beside its neighbours."""
    value = attributes[attribute]
    match tag, attribute:
        case "mj-column", "inner-border-radius":  # without border-collapse corners stay square
            return bool(value.strip("0px% "))
        case "mj-table", "cellspacing":  # collapsed by the style that every message has
            return value != "0"
        case "mj-button", "border":  # not taken from the width
            return "width" in attributes and value != "none"
    return False


#: Attributes with which mrml computes: never a contact's value.
_UNIT = frozenset(
    "width height max-height font-size line-height letter-spacing border-width gap icon-size icon-height icon-width "
    "icon-padding inner-padding inner-padding-top inner-padding-right inner-padding-bottom inner-padding-left "
    "text-padding background-width background-height tb-width ico-font-size ico-line-height ico-padding "
    "ico-padding-top ico-padding-right ico-padding-bottom ico-padding-left cellpadding cellspacing "
    f"{_PADDING}".split()
)
_CHOICES: dict[str, frozenset[str]] = {
    name: frozenset(values.split())
    for name, values in {
        "align": "left center right justify",
        "text-align": "left center right",
        "vertical-align": "top middle bottom",
        "direction": "ltr rtl",
        "dir": "ltr rtl auto",
        "background-repeat": "repeat no-repeat",
        "full-width": "full-width false",
        "fluid-on-mobile": "true false",
        "mode": "horizontal vertical fixed-height fluid-height",
        "icon-position": "left right",
        "table-layout": "auto fixed initial inherit",
        "role": "none presentation",
        "thumbnails": "visible hidden supported",
        "hamburger": "hamburger",
    }.items()
}
_ONE = r"(0|-?\d+(\.\d+)?(px|%|em))"
_LENGTH = re.compile(rf"(auto|{_ONE}(\s+{_ONE}){{0,3}})")
# mrml loses its count at a number without its unit, and the reference engine refuses one.
_BARE = frozenset({"line-height", "ico-line-height", "cellpadding", "cellspacing", "letter-spacing"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?(px|%|em)?")
_BARE_ZERO = re.compile(r"(?<![\w.#-])0(?![\w.%])")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]+|(rgb|rgba|hsl|hsla)\([\d\s.,%/]+\)|")


def with_units(attribute: str, value: str) -> str:
    """A padding whose zeros have their unit: mrml reads none of `0 20px`, and every width below it is then wrong."""
    return _BARE_ZERO.sub("0px", value) if "padding" in attribute else value


def computed(attribute: str) -> bool:
    """Whether MJML reads this attribute's value, instead of copying it."""
    return attribute in _UNIT or attribute in _CHOICES


def expected(tag: str, attribute: str, value: str) -> str:
    """What an attribute should hold where `value` is not it; empty where all is well."""
    if (tag, attribute) == ("mj-image", "width") and value.endswith("%"):
        return "200px"
    if attribute in _UNIT:
        bare = attribute in _BARE and _NUMBER.fullmatch(value)
        return "" if not value or bare or _LENGTH.fullmatch(value) else "20px, 50%, 10px 25px"
    if attribute in _CHOICES:
        return "" if value in _CHOICES[attribute] or not value else ", ".join(sorted(_CHOICES[attribute]))
    if attribute.endswith("color"):
        return "" if _COLOUR.fullmatch(value) else "#1a2b3c"
    return ""
