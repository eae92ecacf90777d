"""SoQL, read: text becomes a tree of columns, literals and calls.

The grammar is that of https://dev.socrata.com/docs/queries/ and of Socrata's own parser: precedence
from OR down to literals, strings in single quotes with '' for one, names in backticks or plain,
case ignored. Operators are calls too, named by their sign ("#=", "#in"). Not read: joins, windows,
unions, chained queries (`|>`), casts.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, TypeVar

from gateway.emulators.soda.errors import MALFORMED, SodaError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its field name, in small letters; system fields begin with a colon."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, boolean or null as written."""

    value: str | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator; `count(*)` is named "count/*"."""

    name: str
    arguments: "tuple[Expression, ...]"


Expression: TypeAlias = Column | Literal | Call


@dataclass(frozen=True, slots=True)
class Selected:
    """One selected expression; a star is a column named "*" or ":*"."""

    expression: Expression
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Ordering:
    """One expression of an order. Unless said, nulls come last when ascending, else first."""

    expression: Expression
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """All clauses of a query."""

    select: tuple[Selected, ...] = (Selected(Column("*")),)
    distinct: bool = False
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    having: Expression | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|--[^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^']|'')*')
    |(?P<double>"(?:[^"\\\n]|\\[ntbfr"\\]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{6})*")
    |(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    |(?P<quoted>`[^`]*`)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign>:\*|\|\||<=|>=|<>|!=|==|[-+*/%<>=(),.])
    |(?P<system>:@?\w+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))")
_ESCAPED = {"n": "\n", "t": "\t", "b": "\b", "f": "\f", "r": "\r"}
_COMPARISONS = {"=": "#=", "==": "#=", "<>": "#!=", "!=": "#!=", "<": "#<", "<=": "#<=", ">": "#>", ">=": "#>="}
_CLAUSES = frozenset({"where", "group", "having", "order", "limit", "offset", "search"})
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    at: int


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _malformed(text, at, f"Unexpected character `{text[at]}'")
        if match.lastgroup != "space":
            found.append(_Token(match.lastgroup, match[0], at))
        at = match.end()
    return [*found, _Token("end", "end of input", at)]


def _malformed(text: str, at: int, reason: str) -> SodaError:
    line = text.count("\n", 0, at) + 1
    place = f"line {line} character {at - text.rfind(chr(10), 0, at)}"
    return SodaError(400, MALFORMED, f'Could not parse SoQL query "{text}" at {place}: {reason}', {"query": text})


def expression(text: str) -> Expression:
    """A `$where` or `$having`."""
    return _Reader(text).whole(_Reader.expression)


def selection(text: str) -> tuple[tuple[Selected, ...], bool]:
    """A `$select`, and whether it is distinct."""
    return _Reader(text).whole(_Reader.selection)


def grouping(text: str) -> tuple[Expression, ...]:
    """A `$group`."""
    return _Reader(text).whole(_Reader.expressions)


def ordering(text: str) -> tuple[Ordering, ...]:
    """An `$order`."""
    return _Reader(text).whole(_Reader.orderings)


def query(text: str) -> Query:
    """A `$query`."""
    return _Reader(text).whole(_Reader.query)


class _Reader:
    """A recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self, read: "Callable[[_Reader], T]") -> T:
        found = read(self)
        self.need("end of input", self.now.kind == "end")
        return found

    # --- tokens

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def is_word(self, *words: str) -> bool:
        return self.now.kind == "name" and self.now.value.lower() in words

    def is_sign(self, *signs: str) -> bool:
        return self.now.kind == "sign" and self.now.value in signs

    def take(self) -> _Token:
        token = self.now
        self.at += 1
        return token

    def took_word(self, *words: str) -> bool:
        found = self.is_word(*words)
        self.at += found
        return found

    def took_sign(self, *signs: str) -> bool:
        found = self.is_sign(*signs)
        self.at += found
        return found

    def need(self, expected: str, there: bool) -> None:
        if not there:
            raise _malformed(self.text, self.now.at, f"Expected {expected}, but got `{self.now.value}'")

    # --- clauses

    def query(self) -> Query:
        self.need("SELECT", self.took_word("select"))
        select, distinct = self.selection()
        where = self.expression() if self.took_word("where") else None
        group = self.by(self.expressions) if self.took_word("group") else ()
        having = self.expression() if self.took_word("having") else None
        order = self.by(self.orderings) if self.took_word("order") else ()
        limit = self.count() if self.took_word("limit") else None
        offset = self.count() if self.took_word("offset") else None
        return Query(select, distinct, where, group, having, order, limit, offset)

    def by(self, read: Callable[[], T]) -> T:
        self.need("BY", self.took_word("by"))
        return read()

    def count(self) -> int:
        self.need("an integer", self.now.kind == "number" and self.now.value.isdigit())
        return int(self.take().value)

    def selection(self) -> tuple[tuple[Selected, ...], bool]:
        distinct = self.took_word("distinct")
        found = [self.selected()]
        while self.took_sign(","):
            found.append(self.selected())
        return tuple(found), distinct

    def selected(self) -> Selected:
        if self.is_sign("*", ":*"):
            return Selected(Column(self.take().value))
        chosen = self.expression()
        if not self.took_word("as"):
            return Selected(chosen)
        self.need("an identifier", self.now.kind in ("name", "quoted"))
        return Selected(chosen, self.take().value.strip("`").lower())

    def expressions(self) -> tuple[Expression, ...]:
        found = [self.expression()]
        while self.took_sign(","):
            found.append(self.expression())
        return tuple(found)

    def orderings(self) -> tuple[Ordering, ...]:
        found = [self.ordering()]
        while self.took_sign(","):
            found.append(self.ordering())
        return tuple(found)

    def ordering(self) -> Ordering:
        by = self.expression()
        descending = self.took_word("desc")
        if not descending:
            self.took_word("asc")
        last = not descending
        if self.took_word("null", "nulls"):
            self.need("FIRST or LAST", self.is_word("first", "last"))
            last = self.take().value.lower() == "last"
        return Ordering(by, descending, last)

    # --- expressions, the weakest binding first

    def expression(self) -> Expression:
        self.depth += 1
        self.need(f"at most {_DEEPEST} levels", self.depth <= _DEEPEST)
        found = [self.conjunction()]
        while self.took_word("or"):
            found.append(self.conjunction())
        self.depth -= 1
        return Call("#or", tuple(found)) if len(found) > 1 else found[0]

    def conjunction(self) -> Expression:
        found = [self.negation()]
        while self.took_word("and"):
            found.append(self.negation())
        return Call("#and", tuple(found)) if len(found) > 1 else found[0]

    def negation(self) -> Expression:
        negations = 0
        while self.took_word("not"):
            negations += 1
        found = self.predicate()
        return Call("#not", (found,)) if negations % 2 else found

    def predicate(self) -> Expression:
        found = self.comparison()
        while self.is_word("is", "like", "between", "in") or (self.is_word("not") and self._negates()):
            found = self._predicated(found)
        return found

    def _negates(self) -> bool:
        following = self.tokens[self.at + 1]
        return following.kind == "name" and following.value.lower() in ("like", "between", "in")

    def _predicated(self, subject: Expression) -> Expression:
        if self.took_word("is"):
            name = "#is not null" if self.took_word("not") else "#is null"
            self.need("NULL", self.took_word("null"))
            return Call(name, (subject,))
        negated = "#not " if self.took_word("not") else "#"
        if self.took_word("like"):
            return Call(f"{negated}like", (subject, self.comparison()))
        if self.took_word("between"):
            low = self.comparison()
            self.need("AND", self.took_word("and"))
            return Call(f"{negated}between", (subject, low, self.comparison()))
        self.take()
        self.need("(", self.took_sign("("))
        return Call(f"{negated}in", (subject, *self.arguments()))

    def comparison(self) -> Expression:
        found = self.sum()
        while self.is_sign(*_COMPARISONS):
            found = Call(_COMPARISONS[self.take().value], (found, self.sum()))
        return found

    def sum(self) -> Expression:
        found = self.product()
        while self.is_sign("+", "-", "||"):
            found = Call(f"#{self.take().value}", (found, self.product()))
        return found

    def product(self) -> Expression:
        found = self.signed()
        while self.is_sign("*", "/", "%"):
            found = Call(f"#{self.take().value}", (found, self.signed()))
        return found

    def signed(self) -> Expression:
        negative = False
        while self.is_sign("+", "-"):
            negative ^= self.take().value == "-"
        found = self.member()
        if not negative:
            return found
        if isinstance(found, Literal) and isinstance(found.value, Decimal):
            return Literal(-found.value)
        return Call("#negative", (found,))

    def member(self) -> Expression:
        found = self.atom()
        while self.took_sign("."):
            self.need("an identifier", self.now.kind in ("name", "quoted"))
            found = Call("#.", (found, Literal(self.take().value.strip("`").lower())))
        return found

    def atom(self) -> Expression:
        token = self.now
        if token.kind in ("text", "double", "number"):
            return Literal(_literal(self.take()))
        if token.kind in ("quoted", "system"):
            return Column(self.take().value.strip("`").lower())
        if self.took_sign("("):
            found = self.expression()
            self.need(")", self.took_sign(")"))
            return found
        self.need("an expression", token.kind == "name" and token.value.lower() not in _CLAUSES)
        return self._named(self.take().value.lower())

    def _named(self, name: str) -> Expression:
        if self.took_sign("("):
            return self._called(name)
        if name in ("true", "false"):
            return Literal(name == "true")
        return Literal(None) if name == "null" else Column(name)

    def _called(self, name: str) -> Expression:
        if self.took_sign("*"):
            self.need(")", self.took_sign(")"))
            return Call(f"{name}/*", ())
        if self.took_word("distinct"):
            name = f"{name}_distinct"
        return Call(name, self.arguments())

    def arguments(self) -> tuple[Expression, ...]:
        """What stands before the closing parenthesis."""
        if self.took_sign(")"):
            return ()
        found = self.expressions()
        self.need(")", self.took_sign(")"))
        return found


def _literal(token: _Token) -> str | Decimal:
    if token.kind == "number":
        return Decimal(token.value)
    if token.kind == "text":
        return token.value[1:-1].replace("''", "'")
    return _ESCAPE.sub(_unescaped, token.value[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code is None:
        return _ESCAPED.get(match[3], match[3])
    return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else "\ufffd"


def walk(found: Expression) -> Sequence[Expression]:
    """An expression and all within it."""
    if not isinstance(found, Call):
        return [found]
    return [found, *(inner for argument in found.arguments for inner in walk(argument))]
