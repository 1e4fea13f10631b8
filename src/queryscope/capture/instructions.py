"""What an expression does at the moment it is under execution, told by its bytecode instruction."""

from __future__ import annotations

import dis
from types import CodeType

_EXACT = {
    "CONTAINS_OP": "in",
    "GET_ITER": "iterate",
    "GET_AITER": "iterate",
    "FOR_ITER": "iterate",
    "LIST_EXTEND": "iterate",
    "SET_UPDATE": "iterate",
    "CALL_INTRINSIC_1": "iterate",
    "LOAD_ATTR": "attribute",
    "LOAD_METHOD": "attribute",
    "BINARY_SUBSCR": "subscript",
    "BINARY_SLICE": "subscript",
    "UNPACK_SEQUENCE": "unpack",
    "UNPACK_EX": "unpack",
    "UNARY_NOT": "truth",
    "TO_BOOL": "truth",
}
_STARTS = (("CALL", "call"), ("PRECALL", "call"), ("POP_JUMP", "truth"), ("JUMP_IF", "truth"))


def operation_at(code: CodeType, lasti: int) -> str:
    """ "call", "attribute", "iterate", "in", "truth", "subscript", "unpack", or "" for others.

    `co_code` has the instructions as they were compiled, also where Python has specialised them since. An
    inline cache behind an instruction belongs to it: while a call is under way, some versions stand there.
    """
    compiled = code.co_code
    at = lasti
    while at > 0 and at < len(compiled) and compiled[at] == dis.opmap["CACHE"]:
        at -= 2
    if not 0 <= at < len(compiled):
        return ""
    name = dis.opname[compiled[at]]
    found = _EXACT.get(name)
    if found is not None:
        return found
    return next((operation for start, operation in _STARTS if name.startswith(start)), "")
