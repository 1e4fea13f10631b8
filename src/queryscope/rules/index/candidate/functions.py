"""Functions that an index may hold, by the name that Django has for them, and those that it may not."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.rules.index.candidate.operand import Expression
from queryscope.rules.index.candidate.types import is_text

# pg_proc.provolatile of these is "s" or "v".
VOLATILE = frozenset(
    [
        "now",
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "timeofday",
        "random",
        "gen_random_uuid",
        "uuid_generate_v4",
        "nextval",
        "currval",
        "lastval",
        "setval",
        "concat",
        "concat_ws",
        "format",
        "to_char",
        "to_date",
        "to_timestamp",
        "to_number",
        "age",
        "quote_literal",
        "current_setting",
        "current_user",
        "session_user",
        "unaccent",
        "to_json",
        "to_jsonb",
        "row_to_json",
        "json_build_object",
        "jsonb_build_object",
        "array_to_string",
        "similarity_op",
        "txid_current",
        "pg_backend_pid",
    ]
)
# An index serves an operator in their place, of which Django has a lookup.
WITHOUT_INDEX = {
    "similarity": "trigram_similar",
    "word_similarity": "trigram_word_similar",
    "strict_word_similarity": "trigram_strict_word_similar",
}
# Django's class, and the type of the result: "" that of the first argument.
_DJANGO = {
    "upper": ("Upper", "text"),
    "lower": ("Lower", "text"),
    "length": ("Length", "integer"),
    "md5": ("MD5", "text"),
    "reverse": ("Reverse", "text"),
    "left": ("Left", "text"),
    "right": ("Right", "text"),
    "substring": ("Substr", "text"),
    "replace": ("Replace", "text"),
    "repeat": ("Repeat", "text"),
    "lpad": ("LPad", "text"),
    "rpad": ("RPad", "text"),
    "trim": ("Trim", "text"),
    "ltrim": ("LTrim", "text"),
    "rtrim": ("RTrim", "text"),
    "ascii": ("Ord", "integer"),
    "abs": ("Abs", ""),
    "ceiling": ("Ceil", ""),
    "floor": ("Floor", ""),
    "sign": ("Sign", ""),
    "sqrt": ("Sqrt", "double precision"),
    "ln": ("Ln", "double precision"),
    "exp": ("Exp", "double precision"),
    "mod": ("Mod", ""),
    "power": ("Power", ""),
    "coalesce": ("Coalesce", ""),
    "nullif": ("NullIf", ""),
    "greatest": ("Greatest", ""),
    "least": ("Least", ""),
}
_OF_TEXT = frozenset(
    [
        "upper",
        "lower",
        "length",
        "md5",
        "reverse",
        "left",
        "right",
        "substring",
        "replace",
        "repeat",
        "lpad",
        "rpad",
    ]
)
_PLAIN_CONSTANTS = frozenset({"left", "right", "substring", "repeat", "lpad", "rpad"})  # Left("name", 3)
# Booleans of a range, each by the name of Django's lookup too.
RANGE_TESTS = frozenset({"isempty", "lower_inc", "upper_inc", "lower_inf", "upper_inf"})
_RESULTS = dict.fromkeys(RANGE_TESTS, "boolean") | {
    "host": "text",
    "jsonb_array_length": "integer",
    "array_length": "integer",
    "cardinality": "integer",
}


def call(name: str, arguments: Sequence[Expression]) -> Expression | None:
    """The call; None where it can't be written.

    What isn't known is taken by its name: whether it is immutable, PostgreSQL says when the index is built.
    """
    if not arguments or all(one.is_constant for one in arguments):
        return None
    sql = f"{name.upper() if name in _DJANGO else name}({', '.join(one.sql for one in arguments)})"
    known = _DJANGO.get(name)
    if name == "round":
        return _rounded(arguments)
    is_text_function = name in _OF_TEXT
    if known is None or (is_text_function and not is_text(arguments[0].type)):
        return _by_name(name, arguments)
    title, result = known
    written = [
        one.django if at and name in _PLAIN_CONSTANTS and one.sql.isdigit() else one.argument
        for at, one in enumerate(arguments)
    ]
    return Expression(sql=sql, django=f"{title}({', '.join(written)})", type=result or _first_type(arguments))


def _by_name(name: str, arguments: Sequence[Expression]) -> Expression | None:
    if not name.replace("_", "").isalnum():
        return None
    inner = ", ".join(one.argument if one.is_constant else one.operand for one in arguments)
    sql = f"{name}({', '.join(one.sql for one in arguments)})"
    result = _RESULTS.get(name) or element_type(_first_type(arguments)) or "unknown"
    return Expression(sql=sql, django=f'models.Func({inner}, function="{name}")', type=result)


def _rounded(arguments: Sequence[Expression]) -> Expression:
    precision = arguments[1] if len(arguments) > 1 else None
    more = f", precision={precision.django}" if precision is not None and precision.sql != "0" else ""
    sql = ", ".join(one.sql for one in arguments)
    return Expression(
        sql=f"ROUND({sql})", django=f"Round({arguments[0].argument}{more})", type=_first_type(arguments)
    )


def element_type(range_type: str) -> str:
    """Of what a range is a range: lower() and upper() give it back; "" of other types."""
    return {
        "int4range": "integer",
        "int8range": "bigint",
        "numrange": "numeric",
        "daterange": "date",
        "tsrange": "timestamp without time zone",
        "tstzrange": "timestamp with time zone",
    }.get(range_type, "")


def _first_type(arguments: Sequence[Expression]) -> str:
    return next((one.type for one in arguments if one.type), "")
