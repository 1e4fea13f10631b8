"""Which terms look into a value or compare its extent, and the keys of GIN and GiST that find them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from queryscope.model import IndexKey, Schema
from queryscope.rules.index.candidate.term import Term

_PATHS = frozenset({"@>", "@?", "@@"})  # of jsonb_path_ops, which is smaller and knows keys with values only
_JSON = _PATHS | {"?", "?|", "?&"}
_ARRAY = frozenset({"@>", "&&", "<@"})
_HSTORE = frozenset({"@>", "?", "?|", "?&"})
_SIDES = frozenset({"<<", ">>", "&<", "&>", "&&", "@>", "<@"})
_RANGE = _SIDES | {"-|-"}
_ADDRESS = frozenset({"<<", "<<=", ">>", ">>=", "&&"})
_SHAPE = _SIDES | {"~=", "|>>", "<<|", "&<|", "|&>", "~", "@"}
_POINT = frozenset({"<<", ">>", "~=", "|>>", "<<|", "<@"})
_LABELS = frozenset({"@>", "<@", "~", "?", "@"})
_SHAPES = frozenset({"point", "box", "circle", "polygon", "geometry", "geography", "cube"})


def is_inverted(term: Term) -> bool:
    """The type has an operator class of GIN that knows this operator."""
    if term.is_join or term.operator == "or":
        return False
    if term.type == "jsonb":
        return term.operator in _JSON
    if term.type.endswith("[]"):
        return term.operator in _ARRAY
    if term.type == "hstore":
        return term.operator in _HSTORE
    return term.type == "tsvector" and term.operator == "@@"


def inverted_class(type_name: str, operators: Collection[str], schema: Schema) -> str:
    """The operator class of GIN where it is not the type's default."""
    if type_name == "jsonb" and set(operators) <= _PATHS:
        return "jsonb_path_ops"
    if type_name == "integer[]" and "intarray" in schema.extensions:
        return "gin__int_ops"  # intarray's operators stand before PostgreSQL's own
    return ""


def is_parted(term: Term) -> bool:
    """The type has an operator class of SP-GiST that knows this operator: it parts values without overlap."""
    if term.type.endswith("range") and not term.type.endswith("multirange"):
        return term.operator in _RANGE
    if term.type in ("inet", "cidr"):
        return term.operator in _ADDRESS
    if term.type == "point":
        return term.operator in _POINT
    return term.type in ("box", "polygon") and term.operator in _SHAPE - {"~", "@"}


def is_extent(term: Term) -> bool:
    if term.is_join:
        return False
    if is_range(term.type):
        return term.operator in _RANGE
    if term.type in ("inet", "cidr"):
        return term.operator in _ADDRESS
    if term.type == "ltree":
        return term.operator in _LABELS
    return term.type in _SHAPES and term.operator in _SHAPE


def is_range(type_name: str) -> bool:
    return type_name.endswith(("range", "multirange"))


def extent_key(term: Term) -> IndexKey:
    """inet has no default class of GiST in PostgreSQL itself."""
    return replace(term.key, opclass="inet_ops") if term.type in ("inet", "cidr") else term.key
