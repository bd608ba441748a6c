"""Which values a template looks at: what a plan must carry for it, and nothing more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from jinja2 import TemplateSyntaxError, meta, nodes

from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, Place, did_you_mean, finding
from compiler.language.plan import MessageTemplate
from compiler.render.checks import parsed

#: Values whose fields are named one by one.
RECORDS = frozenset({"contact", "campaign", "organisation"})
#: What every message is given, beside its data blocks and its records.
GIVEN = frozenset({"unsubscribe_url", "tracking_url", "reason", "language", "subject", "envoi"})
CAMPAIGN_FIELDS = frozenset({"campaign.name"})
ORGANISATION_FIELDS = frozenset(f"organisation.{name}" for name in ("name", "address", "siren", "privacy_url"))
_FUNCTIONS = frozenset({"range", "namespace", "cycler", "joiner"})


@lru_cache(maxsize=256)  # the same few sources are asked about at every phase
def fields_used(source: str) -> frozenset[str]:
    """The names that a Jinja source looks up: `contact.first_name`, `products`, `unsubscribe_url`.

    A record that is used whole, or by a computed name, gives `contact.*`. A source that cannot be read gives nothing.
    """
    try:
        tree = parsed(source)
    except TemplateSyntaxError:
        return frozenset()
    return names_in(tree)


def names_in(tree: nodes.Template) -> frozenset[str]:
    """As `fields_used`, of a source that was read."""
    names = set(meta.find_undeclared_variables(tree)) - _FUNCTIONS
    found = names - RECORDS
    for record in names & RECORDS:
        found |= _fields_of(tree, record)
    return frozenset(found)


def fields_of(template: MessageTemplate) -> frozenset[str]:
    """The names that any part of a message looks up."""
    # A link's target stands in the parts themselves, where its loop is.
    sources = (template.subject, template.preview, template.html, template.text)
    return frozenset().union(*map(fields_used, sources))


def check_names(source: str, place: Place, *, contact: Collection[str], blocks: Iterable[str]) -> list[Finding]:
    """Findings for names that nothing declares: `contact` holds the fields, `blocks` the data blocks."""
    known = GIVEN | CAMPAIGN_FIELDS | ORGANISATION_FIELDS | set(blocks) | {f"contact.{field}" for field in contact}
    found = []
    for name in sorted(fields_used(source) - known):
        if name.endswith(".*"):
            found.append(finding(codes.NAME_DYNAMIC, place, name=name[:-2]))
            continue
        same = sorted(k for k in known if k.startswith(name.split(".")[0] + ".")) or sorted(known)
        hint = did_you_mean(name, sorted(known))
        found.append(finding(codes.NAME_UNKNOWN, place, hint=hint, name=name, known=", ".join(same)))
    return found


def _fields_of(tree: nodes.Template, record: str) -> set[str]:
    named: dict[int, str] = {}
    for node in (*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)):
        match node:
            case nodes.Getattr(node=nodes.Name(name=base), attr=field) if base == record:
                named[id(node.node)] = f"{record}.{field}"
            case nodes.Getitem(node=nodes.Name(name=base), arg=nodes.Const(value=str(field))) if base == record:
                named[id(node.node)] = f"{record}.{field}"
    found = set(named.values())
    if any(n.name == record and n.ctx == "load" and id(n) not in named for n in tree.find_all(nodes.Name)):
        found.add(f"{record}.*")
    return found
