"""Reads an expression by precedence climbing: PostgreSQL's precedences, and whatever operators there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.sql.names import dotted, is_query, name_of
from queryscope.sql.nodes import Node
from queryscope.sql.tokens import Group, Item, Token

_SIDES = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}


class UnreadableError(Exception):
    """The text has no reading here."""


def is_token(item: Item | None, kind: str, *texts: str) -> bool:
    return isinstance(item, Token) and item.kind == kind and (not texts or item.text in texts)


# How tightly operators bind, as PostgreSQL's grammar has it.
_OR, _AND, _NOT, _IS, _COMPARE, _LIKE, _ANY_OPERATOR, _ADD, _MULTIPLY, _POWER, _ZONE, _COLLATE, _SIGN = range(
    1, 14
)
_BINDING = {
    "=": _COMPARE, "<": _COMPARE, ">": _COMPARE, "<=": _COMPARE, ">=": _COMPARE,
    "<>": _COMPARE, "!=": _COMPARE,
    "+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "%": _MULTIPLY, "^": _POWER,
}  # fmt: skip
_WORD_OPERATORS = {"LIKE": "~~", "ILIKE": "~~*", "SIMILAR": "similar"}
_CONSTANTS = frozenset({"TRUE", "FALSE", "NULL"})
_NOW = frozenset({"CURRENT_DATE", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_TIME", "LOCALTIME"})
_STOPS = frozenset(
    {
        "AND",
        "OR",
        "THEN",
        "WHEN",
        "ELSE",
        "END",
        "AS",
        "ASC",
        "DESC",
        "NULLS",
        "USING",
        "FROM",
        "FOR",
        "ESCAPE",
    }
)
_NO_NAMES = _STOPS | {
    "CASE",
    "SELECT",
    "NOT",
    "IS",
    "IN",
    "BETWEEN",
    "ALL",
    "ANY",
    "SOME",
    "DISTINCT",
    "OVER",
}


class Parser:
    """Precedence climbing over the items of one level; a group has a parser of its own."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.at = 0

    def peek(self, ahead: int = 0) -> Item | None:
        place = self.at + ahead
        return self.items[place] if place < len(self.items) else None

    def word(self, *texts: str) -> bool:
        """Take one of these words if it comes next."""
        if is_token(self.peek(), "word", *texts):
            self.at += 1
            return True
        return False

    def expression(self, least: int = 0) -> Node:
        node = self.prefixed()
        while True:
            further = self.infix(node, least)
            if further is None:
                return node
            node = further

    def prefixed(self) -> Node:
        if self.word("NOT"):
            return Node("not", args=(self.expression(_NOT),))
        item = self.peek()
        if isinstance(item, Token) and item.kind == "sign":
            self.at += 1
            return Node(
                "operator", item.text, (self.expression(_SIGN if item.text in "+-" else _ANY_OPERATOR),)
            )
        return self.postfixed(self.primary())

    def postfixed(self, node: Node) -> Node:
        while True:
            item = self.peek()
            if is_token(item, "cast"):
                self.at += 1
                node = Node("cast", self.type_name(), (node,))
            elif is_token(item, "other", "["):
                node = Node("operator", "[]", (node, *self.bracketed()))
            else:
                return node

    def infix(self, left: Node, least: int) -> Node | None:
        item = self.peek()
        if not isinstance(item, Token):
            return None
        if item.kind == "sign":
            binding = _BINDING.get(item.text, _ANY_OPERATOR)
            if binding <= least:
                return None
            self.at += 1
            return self.operated(left, item.text, binding)
        if is_token(item, "word", "OPERATOR") and isinstance(group := self.peek(1), Group):
            sign = group.items[-1] if group.items else None
            if not isinstance(sign, Token) or sign.kind != "sign" or least >= _ANY_OPERATOR:
                return None
            self.at += 2
            return self.operated(left, sign.text, _ANY_OPERATOR)
        return self.worded(left, item, least) if item.kind == "word" else None

    def operated(self, left: Node, operator: str, binding: int) -> Node:
        for word in ("ANY", "ALL", "SOME"):
            if is_token(self.peek(), "word", word) and isinstance(self.peek(1), Group):
                self.at += 1
                inner = self.primary()
                return Node("operator", f"{operator} {'all' if word == 'ALL' else 'any'}", (left, inner))
        return Node("operator", "<>" if operator == "!=" else operator, (left, self.expression(binding)))

    def worded(self, left: Node, item: Token, least: int) -> Node | None:
        text = item.text
        for word, binding in (("AND", _AND), ("OR", _OR)):
            if text == word:
                if binding <= least:
                    return None
                self.at += 1
                right = self.expression(binding)
                args = (*left.args, right) if left.kind == word.lower() else (left, right)
                return Node(word.lower(), args=args)
        if text == "AT" and is_token(self.peek(1), "word", "TIME") and least < _ZONE:
            self.at += 3
            return Node("operator", "at time zone", (left, self.expression(_ZONE)))
        if text == "COLLATE" and least < _COLLATE:
            self.at += 1
            path, self.at = dotted(self.items, self.at)
            return Node("operator", "collate", (left, Node("value", path[-1])))
        if text in ("IS", "ISNULL", "NOTNULL") and least < _IS:
            return self.tested(left)
        if least >= _LIKE or text not in ("NOT", "BETWEEN", "IN", *_WORD_OPERATORS):
            return None
        is_negated = self.word("NOT")
        found = self.compared(left)
        return Node("not", args=(found,)) if is_negated else found

    def tested(self, left: Node) -> Node:
        if self.word("ISNULL"):
            return Node("test", "is null", (left,))
        if self.word("NOTNULL"):
            return Node("test", "is not null", (left,))
        self.at += 1
        sense = "is not " if self.word("NOT") else "is "
        if self.word("DISTINCT"):
            if not self.word("FROM"):
                raise UnreadableError
            return Node("operator", f"{sense}distinct from", (left, self.expression(_IS)))
        for word in ("NULL", "TRUE", "FALSE", "UNKNOWN"):
            if self.word(word):
                return Node("test", sense + word.lower(), (left,))
        raise UnreadableError

    def compared(self, left: Node) -> Node:
        if self.word("BETWEEN"):
            low = self.expression(_LIKE)
            if not self.word("AND"):
                raise UnreadableError
            high = self.expression(_LIKE)
            return Node(
                "and", args=(Node("operator", ">=", (left, low)), Node("operator", "<=", (left, high)))
            )
        if self.word("IN"):
            group = self.peek()
            if not isinstance(group, Group):
                raise UnreadableError
            self.at += 1
            args = (Node("query"),) if is_query(group) else tuple(_listed(group.items))
            return Node("in", args=(left, *args))
        for word, operator in _WORD_OPERATORS.items():
            if self.word(word):
                if word == "SIMILAR" and not self.word("TO"):
                    raise UnreadableError
                right = self.expression(_LIKE)
                if self.word("ESCAPE"):
                    self.expression(_LIKE)
                return Node("operator", operator, (left, right))
        raise UnreadableError

    def primary(self) -> Node:
        item = self.peek()
        if item is None:
            raise UnreadableError
        if isinstance(item, Group):
            self.at += 1
            return _grouped(item)
        if item.kind == "value":
            self.at += 1
            place = int(item.text[1:]) - 1 if item.text[:1] == "$" and item.text[1:].isdigit() else -1
            return Node("value", "%s" if place >= 0 else item.text, place=place)
        if item.kind == "word" and item.text in _CONSTANTS:
            self.at += 1
            return Node("value", item.text)
        if item.kind == "word" and item.text in _NOW:
            self.at += 1
            return Node("call", item.text.lower())
        if self.word("CASE"):
            return self.cases()
        if is_token(item, "word", "ARRAY") and is_token(self.peek(1), "other", "["):
            self.at += 1
            return Node("array", args=self.bracketed())
        if (item.kind == "word" and item.text in _NO_NAMES) or item.kind not in ("word", "quoted"):
            raise UnreadableError
        return self.named()

    def cases(self) -> Node:
        """Behind CASE: conditions and results."""
        args: list[Node] = []
        while self.word("WHEN"):
            args.append(self.expression())
            if not self.word("THEN"):
                raise UnreadableError
            args.append(self.expression())
        if self.word("ELSE"):
            args.append(self.expression())
        if not self.word("END"):  # of the form CASE a WHEN b nothing is known
            raise UnreadableError
        return Node("case", args=tuple(args))

    def named(self) -> Node:
        """A column, a call, a typed literal: all begin with a name."""
        path, after = dotted(self.items, self.at)
        following = self.items[after] if after < len(self.items) else None
        if isinstance(following, Group):
            self.at = after + 1
            if after + 1 < len(self.items) and is_token(
                self.items[after + 1], "word", "OVER", "FILTER", "WITHIN"
            ):
                raise UnreadableError
            return _called(path, following)
        if is_token(following, "value") and len(path) == 1 and is_token(self.peek(), "word"):
            self.at = after + 1
            assert isinstance(following, Token)
            return Node("cast", path[0], (Node("value", following.text),))
        self.at = after
        return Node("column", path[-1], table=path[-2] if len(path) > 1 else "")

    def bracketed(self) -> tuple[Node, ...]:
        """What stands between `[` and `]`."""
        start = self.at + 1
        depth = 0
        for end in range(self.at, len(self.items)):
            depth += (
                1
                if is_token(self.items[end], "other", "[")
                else -1
                if is_token(self.items[end], "other", "]")
                else 0
            )
            if depth == 0:
                self.at = end + 1
                return tuple(_listed(self.items[start:end]))
        raise UnreadableError

    def type_name(self) -> str:
        """`timestamp with time zone`, `character varying(20)[]`."""
        start = self.peek()
        path, self.at = dotted(self.items, self.at)
        name = path[-1]
        if is_token(start, "word"):
            if name == "double" and self.word("PRECISION"):
                name = "double precision"
            elif name in ("character", "bit", "char") and self.word("VARYING"):
                name += " varying"
            elif name in ("timestamp", "time"):
                if isinstance(self.peek(), Group):
                    self.at += 1
                for word in ("WITH", "WITHOUT"):
                    if is_token(self.peek(), "word", word) and is_token(self.peek(1), "word", "TIME"):
                        self.at += 3
                        name += f" {word.lower()} time zone"
        modifier = self.peek()
        if isinstance(modifier, Group):
            self.at += 1
            texts = [item.text for item in modifier.items if isinstance(item, Token) and item.kind == "value"]
            name += f"({', '.join(texts)})"
        while is_token(self.peek(), "other", "[") and is_token(self.peek(1), "other", "]"):
            self.at += 2
            name += "[]"
        return name


def _grouped(group: Group) -> Node:
    if is_query(group):
        return Node("query")
    parts = list(_parts(group.items))
    if len(parts) > 1:
        return Node("row", args=tuple(_read(part) for part in parts))
    return _read(group.items)


def _called(path: Sequence[str], group: Group) -> Node:
    name = path[-1]
    if is_query(group):
        return Node("query", name)
    if name == "extract":
        for at, item in enumerate(group.items):
            if is_token(item, "word", "FROM") and at == 1:
                first = group.items[0]
                unit = name_of(first).lower() if isinstance(first, Token) and first.kind != "value" else ""
                if not unit and isinstance(first, Token):
                    unit = first.text.strip("'").lower()
                return Node("call", "extract", (Node("value", unit), _read(group.items[at + 1 :])))
        raise UnreadableError
    if name == "trim":
        return _trimmed(group.items)
    if name == "cast":
        for at, item in enumerate(group.items):
            if is_token(item, "word", "AS"):
                return Node("cast", Parser(group.items[at + 1 :]).type_name(), (_read(group.items[:at]),))
        raise UnreadableError
    return Node("call", ".".join(path), tuple(_listed(group.items)))


def _trimmed(items: Sequence[Item]) -> Node:
    """TRIM(BOTH 'x' FROM a), as PostgreSQL prints TRIM(a, 'x')."""
    at = next((at for at, item in enumerate(items) if is_token(item, "word", "FROM")), None)
    if at is None:
        return Node("call", "trim", tuple(_listed(items)))
    before = list(items[:at])
    side = before.pop(0) if before and is_token(before[0], "word", *_SIDES) else None
    name = _SIDES[side.text] if isinstance(side, Token) else "trim"
    return Node("call", name, (_read(items[at + 1 :]), *([_read(before)] if before else [])))


def _listed(items: Sequence[Item]) -> Iterator[Node]:
    for part in _parts(items):
        yield _read(part)


def _read(items: Sequence[Item]) -> Node:
    parser = Parser(items)
    node = parser.expression()
    if parser.at != len(items):
        raise UnreadableError
    return node


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """What commas separate outside of brackets."""
    start, depth = 0, 0
    for at, item in enumerate(items):
        depth += 1 if is_token(item, "other", "[") else -1 if is_token(item, "other", "]") else 0
        if depth == 0 and is_token(item, "comma"):
            yield items[start:at]
            start = at + 1
    if items:
        yield items[start:]
