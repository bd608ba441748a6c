"""A condition written in SQL, as the same tables and lists that YAML would have held, each with its place.

sqlglot parses one expression; only the nodes that have an equivalent in YAML are read, and nothing else of the text
goes any further: neither a function, a cast, a subquery nor a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import Dialect, ErrorLevel, exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from compiler.language.finding import Text, did_you_mean

MAX_LENGTH = 20_000
MAX_DEPTH = 32
MAX_LIST = 1_000
MAX_NOT = 16

_DIALECT = Dialect.get_or_raise("duckdb")
_COMPARISONS: Mapping[type[exp.Expr], tuple[str, str]] = {  # as written, and with its sides exchanged
    exp.EQ: ("is", "is"),
    exp.NEQ: ("is_not", "is_not"),
    exp.GT: ("more_than", "less_than"),
    exp.GTE: ("at_least", "at_most"),
    exp.LT: ("less_than", "more_than"),
    exp.LTE: ("at_most", "at_least"),
}
_BRACKETS = (TokenType.L_BRACKET, TokenType.R_BRACKET, TokenType.L_BRACE, TokenType.R_BRACE)
_DEEDS = ("received", "opened", "clicked")
_FUNCTIONS = [*_DEEDS, "in_segment", "starts_with", "prefix", "current_date", "today"]
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PART = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}")
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,12})?")
_UNITS = ("day", "week", "month", "year")
_REFUSED: Mapping[type[exp.Expr], Text] = {
    exp.Subquery: Text("une sous-requête", "a subquery"),
    exp.Select: Text("une sous-requête", "a subquery"),
    exp.Exists: Text("une sous-requête", "a subquery"),
    exp.Cast: Text("une conversion de type", "a cast"),
    exp.Case: Text("case", "case"),
    exp.Placeholder: Text("un paramètre", "a parameter"),
    exp.Lambda: Text("une fonction anonyme", "a lambda"),
    exp.RegexpLike: Text("une expression rationnelle", "a regular expression"),
    exp.ILike: Text("ilike", "ilike"),
    exp.Escape: Text("escape", "escape"),
    exp.SimilarTo: Text("similar to", "similar to"),
    exp.Glob: Text("glob", "glob"),
    exp.DPipe: Text("une concaténation", "a concatenation"),
    exp.Dot: Text("un nom à plus de quatre parties", "a name of more than four parts"),
    exp.Is: Text("is, sauf devant null,", "is, but before null,"),
    exp.Boolean: Text("false", "false"),
    exp.RawString: Text("un texte entre dollars", "a text in dollar signs"),
    exp.ByteString: Text("un texte à échappements", "a text with escapes"),
    exp.Add: Text("un calcul", "a calculation"),
    exp.Sub: Text("un calcul", "a calculation"),
    exp.Mul: Text("un calcul", "a calculation"),
    exp.Div: Text("un calcul", "a calculation"),
}

#: What YAML would have held: a value, a list, or a table with the place of each of its keys.
Held: TypeAlias = "bool | int | str | tuple[Written, ...] | Mapping[str, Written]"


@dataclass(frozen=True, slots=True)
class Written:
    """A value and the character of the text at which it stands."""

    value: Held
    at: int


class Refused(Exception):
    """What has no equivalent, or is no condition at all: where, why, and what to write instead."""

    def __init__(self, at: int, why: Text, hint: Text | None = None) -> None:
        super().__init__(why.en)
        self.at, self.why, self.hint = at, why, hint


def written(text: str) -> Written:
    """The clause that an SQL condition is. Raises Refused for any text that is none."""
    if len(text) > MAX_LENGTH:
        raise Refused(0, Text(f"plus de {MAX_LENGTH} caractères", f"more than {MAX_LENGTH} characters"))
    tokens = _tokens(text)
    _bound(tokens)
    try:
        parser = _DIALECT.parser(error_level=ErrorLevel.IMMEDIATE)
        parsed = parser.parse_into(exp.Condition, tokens, text)
    except ParseError as error:
        raise _unparsed(error, text) from None
    except RecursionError:
        raise Refused(0, Text("trop d'étages", "too many levels")) from None
    except (
        Exception
    ):  # sqlglot trips over some texts itself (tried: AttributeError, ValueError); they are no conditions
        raise Refused(0, Text("la condition ne se lit pas", "the condition cannot be read")) from None
    if len(parsed) != 1 or parsed[0] is None:
        raise Refused(0, Text("il n'y a pas de condition", "there is no condition"))
    return _Reader(text).clause(parsed[0])


def _tokens(text: str) -> list[Token]:
    try:
        return list(_DIALECT.tokenize(text))
    except TokenError:
        at = max(text.rfind("'"), text.rfind('"'), text.rfind("/*"), 0)
        raise Refused(at, Text("il manque une fin à ce texte", "this text has no end")) from None


def _bound(tokens: list[Token]) -> None:
    """What would cost the parser its stack, or hide something from whoever reads the text."""
    depth = negations = 0
    for token in tokens:
        if token.comments:
            raise Refused(token.start, Text("un commentaire ne se lit pas ici", "a comment is not read here"))
        if token.token_type is TokenType.SEMICOLON:
            one = Text("une seule condition, sans point-virgule", "one condition only, without a semicolon")
            raise Refused(token.start, one)
        if token.token_type in _BRACKETS:
            none = Text("ni crochets ni accolades ici", "no square or curly brackets here")
            raise Refused(token.start, none)
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        negations = negations + 1 if token.text.lower() in ("not", "-", "+", "~", "!", "case") else 0
        if depth > MAX_DEPTH or negations > MAX_NOT:
            raise Refused(token.start, Text(f"plus de {MAX_DEPTH} étages", f"more than {MAX_DEPTH} levels"))


def _unparsed(error: ParseError, text: str) -> Refused:
    told = error.errors[0] if error.errors else {}
    lines = text.split("\n")
    line, column = int(told.get("line") or 1), int(told.get("col") or 1)
    before = sum(len(each) + 1 for each in lines[: line - 1])
    word = str(told.get("highlight") or "")
    at = max(0, min(before + column - max(len(word), 1), len(text) - 1))
    shown = word if len(word) <= 20 else word[:19] + "…"
    return Refused(
        at,
        Text(
            f"la condition ne se lit plus à partir d'ici : {shown}",
            f"the condition can no longer be read from here: {shown}",
        ),
    )


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text

    def clause(self, node: exp.Expr) -> Written:
        at = _start(node)
        match node:
            case exp.Paren():
                return self.clause(node.this)
            case exp.And() | exp.Or():
                parts = tuple(self.clause(part) for part in _terms(node, type(node)))
                return _table(at, "all" if isinstance(node, exp.And) else "any", Written(parts, at))
            case exp.Not(this=exp.Is() as inner) if isinstance(inner.expression, exp.Null):
                return self.compared(inner, "known", Written(True, at))
            case exp.Not():
                return _table(at, "not", self.clause(node.this))
            case exp.Boolean() if node.this:
                return _table(at, "everyone", Written(True, at))
            case exp.Column():
                return _table(at, "field", self.field(node), "is", Written(True, at))
            case exp.Is() if isinstance(node.expression, exp.Null):
                return self.compared(node, "known", Written(False, at))
            case exp.In():
                return self.among(node)
            case exp.Between():
                self.plain(node, "this", "low", "high")
                bounds = tuple(self.operand(node.args[side]) for side in ("low", "high"))
                return self.compared(node, "between", Written(bounds, _start(node.args["low"])))
            case exp.Like():
                return self.like(node)
            case exp.StartsWith():
                return self.compared(node, "begins", self.operand(node.expression))
            case exp.Anonymous():
                return self.function(node)
            case _ if type(node) in _COMPARISONS:
                return self.comparison(node)
            case _:
                raise self.refused(node)

    def comparison(self, node: exp.Expr) -> Written:
        left, right = _bare(node.this), _bare(node.expression)
        operator, exchanged = _COMPARISONS[type(node)]
        if not isinstance(left, exp.Column) or (_of_contact(left) and isinstance(right, exp.Column)):
            left, right, operator = right, left, exchanged
        if not isinstance(left, exp.Column):
            raise self.without_field(node, left, right)
        return _table(_start(left), "field", self.field(left), operator, self.operand(right))

    def compared(self, node: exp.Expr, operator: str, operand: Written) -> Written:
        column = _bare(node.this)
        if not isinstance(column, exp.Column):
            raise self.without_field(node, column)
        return _table(_start(column), "field", self.field(column), operator, operand)

    def among(self, node: exp.In) -> Written:
        if node.args.get("query") is not None:
            raise self.refused(node.args["query"])
        self.plain(node, "this", "expressions")
        if not 1 <= len(node.expressions) <= MAX_LIST:
            raise Refused(_start(node), Text(f"de 1 à {MAX_LIST} valeurs", f"1 to {MAX_LIST} values"))
        values = tuple(self.operand(each) for each in node.expressions)
        return self.compared(node, "in", Written(values, values[0].at))

    def like(self, node: exp.Like) -> Written:
        self.plain(node, "this", "expression", "negate")
        pattern = _bare(node.expression)
        text = str(pattern.this) if isinstance(pattern, exp.Literal) and pattern.is_string else ""
        begins = text[:-1]
        if not text.endswith("%") or not begins or "%" in begins or "_" in begins:
            hint = Text("seul un début s'y écrit : like 'archi%'", "only a beginning is written so: like 'archi%'")
            raise Refused(
                _start(pattern), Text("ce motif n'a pas d'équivalent", "this pattern has no equivalent"), hint
            )
        found = self.compared(node, "begins", Written(begins, _start(pattern)))
        return _table(found.at, "not", found) if node.args.get("negate") else found

    def function(self, node: exp.Anonymous) -> Written:
        name, at, given = str(node.this).lower(), _start(node), node.expressions
        if name == "prefix" and len(given) == 2:
            begins = exp.StartsWith(this=given[0], expression=given[1])
            return self.compared(begins, "begins", self.operand(given[1]))
        if name == "in_segment" and len(given) == 1:
            return _table(at, "segment", self.name(given[0]))
        if name in _DEEDS and len(given) in (1, 2):
            parts: dict[str, Written] = {"campaign": self.name(given[0])}
            if len(given) == 2:
                parts["within"] = self.days(given[1])
            return _table(at, name, Written(parts, at))
        raise self.refused(node)

    def name(self, node: exp.Expr) -> Written:
        if isinstance(node, exp.Literal) and node.is_string and _NAME.fullmatch(str(node.this)):
            return Written(str(node.this), _start(node))
        raise Refused(_start(node), Text("un nom entre apostrophes est attendu", "a name in single quotes is expected"))

    def days(self, node: exp.Expr) -> Written:
        """`90`, `'90 days'` or `interval 90 days`: how long ago at most."""
        if isinstance(node, exp.Literal) and re.fullmatch(r"[0-9]{1,5}( (days?|weeks?))?", str(node.this)):
            text = str(node.this)
            return Written(f"{text} days" if text.isdigit() else text, _start(node))
        if isinstance(node, exp.Interval) and (found := self.span(node)) is not None and found[1] in ("day", "week"):
            return Written(f"{found[0]} {found[1]}s", _start(node))
        expected = Text("un nombre de jours est attendu", "a number of days is expected")
        raise Refused(_start(node), expected, Text("écrire 90 ou '12 weeks'", "write 90 or '12 weeks'"))

    def field(self, node: exp.Column) -> Written:
        parts = [part for part in node.parts if isinstance(part, exp.Identifier)]
        quoted = next((part for part in parts if part.quoted), None)
        if quoted is not None:
            hint = Text("un texte s'écrit entre apostrophes : 'ainsi'", "a text stands in single quotes: 'so'")
            raise Refused(_start(quoted), Text("un nom de champ est sans guillemets", "a field has no quotes"), hint)
        odd = next((part for part in parts if not _PART.fullmatch(str(part.this))), None)
        if odd is not None or len(parts) != len(node.parts):
            raise Refused(_start(odd or node), Text("ce n'est pas un nom de champ", "this is no field's name"))
        return Written(".".join(str(part.this).lower() for part in parts), _start(node))

    def operand(self, node: exp.Expr) -> Written:
        """A value. Those that a text could be mistaken for are tables: {number: "0.5"}, {day: today}, {column: job}."""
        node = _bare(node)
        at = _start(node)
        match node:
            case exp.Literal() if node.is_string:
                return Written(str(node.this), at)
            case exp.Literal():
                return self.number(node, "")
            case exp.Neg(this=exp.Literal() as inner) if not inner.is_string:
                return self.number(inner, "-")
            case exp.Boolean():
                return Written(bool(node.this), at)
            case exp.Column():
                return _table(at, "column", self.field(node))
            case exp.Cast(this=exp.Literal() as inner) if inner.is_string and node.to.is_type("date"):
                return _table(_start(inner), "day", Written(str(inner.this), _start(inner)))
            case exp.Null():
                hint = Text("écrire « is null » ou « is not null »", "write `is null` or `is not null`")
                raise Refused(at, Text("rien n'est égal à null", "nothing equals null"), hint)
            case _:
                return _table(at, "day", self.relative(node))

    def number(self, node: exp.Literal, sign: str) -> Written:
        text, at = str(node.this), _start(node)
        if not _NUMBER.fullmatch(text):
            raise Refused(at, Text("ce nombre ne se lit pas", "this number cannot be read"))
        return _table(at, "number", Written(sign + text, at)) if "." in text else Written(int(sign + text), at)

    def relative(self, node: exp.Expr) -> Written:
        """`current_date`, alone or with an interval added or taken away."""
        at = _start(node)
        if isinstance(node, exp.CurrentDate) and node.this is None:
            return Written("today", at)
        if not isinstance(node, exp.Add | exp.Sub) or not isinstance(_bare(node.this), exp.CurrentDate):
            raise self.refused(node)
        span, sign = _bare(node.expression), "+" if isinstance(node, exp.Add) else "-"
        if isinstance(span, exp.Literal) and not span.is_string and re.fullmatch(r"[0-9]{1,5}", str(span.this)):
            return Written(f"today {sign} {span.this} days", at)
        found = self.span(span) if isinstance(span, exp.Interval) else None
        if found is None:
            raise Refused(at, Text("cette durée ne se lit pas", "this span cannot be read"), _SPAN_HINT)
        return Written(f"today {sign} {found[0]} {found[1]}s", at)

    def span(self, node: exp.Interval) -> tuple[int, str] | None:
        amount, unit = node.this, str(node.args.get("unit") or "").lower().removesuffix("s")
        text = str(amount.this) if isinstance(amount, exp.Literal) else ""
        return (int(text), unit) if re.fullmatch(r"[0-9]{1,5}", text) and unit in _UNITS else None

    def plain(self, node: exp.Expr, *known: str) -> None:
        """Raises Refused where a node says more than what is read of it."""
        if any(value not in (None, False, []) for key, value in node.args.items() if key not in known):
            raise self.refused(node)

    def without_field(self, node: exp.Expr, *sides: exp.Expr) -> Refused:
        strange = [side for side in sides if not _is_value(side)]
        if strange:
            return self.refused(strange[0])
        return Refused(_start(node), Text("aucun champ n'y est comparé", "no field is compared in it"))

    def refused(self, node: exp.Expr) -> Refused:
        at = _start(node)
        if isinstance(node, exp.Func) and type(node) not in _REFUSED:
            name = str(node.args["this"]) if type(node) is exp.Anonymous else node.sql_name()
            what = Text(f"la fonction {name.lower()[:40]}", f"the function {name.lower()[:40]}")
            near = did_you_mean(name.lower(), _FUNCTIONS)
        else:
            key = Text(node.key, node.key)
            what = next((text for kind, text in _REFUSED.items() if isinstance(node, kind)), key)
            near = None
        why = Text(f"{what.fr} n'a pas d'équivalent dans un segment", f"{what.en} has no equivalent in a segment")
        return Refused(at, why, near)


_SPAN_HINT = Text("écrire : current_date - interval 90 days", "write: current_date - interval 90 days")


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _is_value(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal | exp.Boolean | exp.Null | exp.Neg)


def _of_contact(column: exp.Column) -> bool:
    return len(column.parts) > 1 and str(column.parts[0].this).lower() == "contact"


def _terms(node: exp.Expr, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """`a and b and c` one by one; sqlglot has it as a chain that leans to the left."""
    chain = []
    while isinstance(node, kind):
        chain.append(node.expression)
        node = node.this
    yield node
    yield from reversed(chain)


def _table(at: int, *pairs: str | Written) -> Written:
    keys = [key for key in pairs if isinstance(key, str)]
    values = [value for value in pairs if isinstance(value, Written)]
    return Written(dict(zip(keys, values, strict=True)), at)


def _start(node: exp.Expr) -> int:
    """Where a node begins; sqlglot knows the place of names, numbers and texts alone."""
    own = node.meta.get("start")
    if own is not None:
        return int(own)
    starts = [int(each.meta["start"]) for each in node.walk() if "start" in each.meta]
    if starts:
        return min(starts)
    return _start(node.parent) if node.parent is not None else 0
