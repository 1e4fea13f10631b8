"""The serializer field that reads a relation, where no line of the application stands at the read."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from queryscope.capture.codes import Codes
from queryscope.capture.frames import attribute_line, class_lines
from queryscope.capture.local_names import local_of
from queryscope.capture.verdicts import LAST_SHOWN, LIBRARY, SKIP
from queryscope.model import Frame

Reader = tuple[type, str]  # an application's serializer class, and the name of its field
_FIELD = ("rest_framework.fields", "Field")


def reader_of(frame: FrameType | None, codes: Codes) -> Reader | None:
    """The innermost field that a library works for, inside of the application's own code."""
    while frame is not None:
        verdict = codes.verdicts.get(id(frame.f_code))
        verdict = codes.judge(frame.f_code) if verdict is None else verdict
        if SKIP < verdict <= LAST_SHOWN:
            return None
        if verdict == LIBRARY:
            code = frame.f_code
            first = local_of(frame, "self") if code.co_argcount and code.co_varnames[0] == "self" else None
            found = _field_of(first, codes) if _is_field(type(first)) else None
            if found is not None:
                return found
        frame = frame.f_back
    return None


def reader_frame(reader: Reader, codes: Codes) -> Frame:
    """Where the field is declared; the class where it comes from `Meta.fields`."""
    holder, name = reader
    for base in holder.__mro__:
        if codes.holder_id(base):
            line = attribute_line(_file(base), base.__qualname__, name)
            if line:
                return _frame(base, name, line, codes)
    line = class_lines(_file(holder)).get(holder.__qualname__, 1)
    return _frame(holder, name, line, codes)


def _file(holder: type) -> str:
    return getattr(sys.modules.get(holder.__module__), "__file__", None) or ""


def _frame(holder: type, name: str, line: int, codes: Codes) -> Frame:
    path = codes.project.relative(_file(holder))
    return Frame(path=path, line=line, function=f"{holder.__qualname__}.{name}")


def _is_field(kind: type) -> bool:
    return any((base.__module__, base.__name__) == _FIELD for base in kind.__mro__)


def _field_of(field: Any, codes: Codes) -> Reader | None:
    """The application's serializer around a field, and the name that it has there."""
    name = ""
    holder: Any = field
    while holder is not None:
        if name and codes.holder_id(type(holder)):
            return (type(holder), name)
        values = vars(holder)
        name = str(values.get("field_name") or name)
        holder = values.get("parent")
    return None
