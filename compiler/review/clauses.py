"""A funnel's clauses, which plans keep as one line of YAML, in words."""

from __future__ import annotations

import re

from compiler.language.finding import Text

_INNERMOST = re.compile(r"\{(\w+): ([^{}]*)\}")
_HELD = re.compile(r"\0(\d+)\0")
_COMPARISON = re.compile(r"(?s)(?P<field>[\w.]+), (?P<operator>\w+): (?P<operand>.*)")
_DEED = re.compile(r"\{(received|opened|clicked): \{campaign: ([^,{}]+)(?:, within: (\d+) days)?\}\}")

_OPERATORS = {
    "is": Text("{field} = {operand}", "{field} = {operand}"),
    "in": Text("{field} parmi {operand}", "{field} among {operand}"),
    "at_least": Text("{field} ≥ {operand}", "{field} ≥ {operand}"),
    "at_most": Text("{field} ≤ {operand}", "{field} ≤ {operand}"),
    "more_than": Text("{field} > {operand}", "{field} > {operand}"),
    "less_than": Text("{field} < {operand}", "{field} < {operand}"),
    "begins": Text("{field} commence par {operand}", "{field} begins with {operand}"),
    "before": Text("{field} avant {operand}", "{field} before {operand}"),
    "after": Text("{field} après {operand}", "{field} after {operand}"),
    "not_before": Text("{field} à partir de {operand}", "{field} from {operand} on"),
    "not_after": Text("{field} jusqu'à {operand}", "{field} until {operand}"),
    "between": Text("{field} de {operand}", "{field} from {operand}"),
}
_OF_DAYS = frozenset({"between", "before", "after", "not_before", "not_after"})
_RELATIVE = re.compile(r"\btoday(?: ([-+]) (\d+) (day|month|year)s?)?(?=,|$| à | to )")
_UNITS = {"day": "jour", "month": "mois", "year": "an"}
_KNOWN = {
    "true": Text("{field} connu", "{field} known"),
    "false": Text("{field} inconnu", "{field} unknown"),
}
_DEEDS = {
    "received": Text("a reçu {campaign}", "received {campaign}"),
    "opened": Text("a ouvert {campaign}", "opened {campaign}"),
    "clicked": Text("a cliqué dans {campaign}", "clicked in {campaign}"),
}
_JOINED = {"all": Text(" et ", " and "), "any": Text(" ou ", " or ")}


def clause_in_words(label: str, language: str) -> str:
    """`{field: job, in: [a, b]}` → `job among a, b`. What is not understood stays as it is."""
    if label == "everyone":
        return Text("tout le carnet", "the whole book").say(language)
    if "\0" in label:  # our own mark: no declared name or value may hold it
        return label
    held: list[str] = []
    compound: set[int] = set()

    def hold(text: str, *, joined: bool = False) -> str:
        held.append(text)
        if joined:
            compound.add(len(held) - 1)
        return f"\0{len(held) - 1}\0"

    def shown(match: re.Match[str]) -> str:
        number = int(match[1])
        return f"({held[number]})" if number in compound else held[number]

    def replace(match: re.Match[str]) -> str:
        key, inside = match[1], match[2]
        if key in _JOINED and (parts := _HELD.findall(inside)):
            words = _JOINED[key].say(language).join(_HELD.sub(shown, f"\0{number}\0") for number in parts)
            return hold(words, joined=len(parts) > 1)
        if key == "not":
            return hold(Text("pas ", "not ").say(language) + _HELD.sub(shown, inside))
        if key == "not_reached_by":
            return hold(
                Text(f"que le plan {inside[:12]} n'a pas atteints", f"not reached by plan {inside[:12]}").say(language)
            )
        if key == "segment":
            return hold(f"segment {inside}")
        return hold(_comparison(inside, language) if key == "field" else match[0])

    text = _DEED.sub(lambda match: hold(_deed(match, language)), label)
    while (further := _INNERMOST.sub(replace, text)) != text:
        text = further
    return _restored(text, held)


def _restored(text: str, held: list[str]) -> str:
    while found := _HELD.search(text):
        text = text[: found.start()] + held[int(found[1])] + text[found.end() :]
    return text


def _comparison(inside: str, language: str) -> str:
    found = _COMPARISON.fullmatch(inside)
    if found is None:
        return inside
    operator, operand = found["operator"], found["operand"]
    form = _KNOWN.get(operand) if operator == "known" else _OPERATORS.get(operator)
    if form is None:
        return inside
    shown = operand.removeprefix("[").removesuffix("]")
    if operator == "between":
        shown = shown.replace(", ", Text(" à ", " to ").say(language))
    if operator in _OF_DAYS:
        shown = _RELATIVE.sub(lambda day: _relative(day, language), shown)
    return form.say(language).format(field=found["field"], operand=shown)


def _relative(day: re.Match[str], language: str) -> str:
    """`today - 2 years` → `aujourd'hui − 2 ans`."""
    today = Text("aujourd'hui", "today").say(language)
    if not day[1]:
        return today
    french = _UNITS[day[3]] + ("s" if int(day[2]) > 1 and day[3] != "month" else "")
    unit = Text(french, day[3] + ("s" if int(day[2]) > 1 else "")).say(language)
    return f"{today} {'−' if day[1] == '-' else '+'} {day[2]} {unit}"


def _deed(match: re.Match[str], language: str) -> str:
    words = _DEEDS[match[1]].say(language).format(campaign=match[2])
    if match[3] is None:
        return words
    return words + Text(f" depuis {match[3]} jours", f" within {match[3]} days").say(language)
