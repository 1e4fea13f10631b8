"""Where a finding of writes stands: at the line that writes; and which of them share a loop."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.fixes.chain import node_at
from queryscope.fixes.loops import find_loop
from queryscope.model import Frame, Location
from queryscope.rules.attribution import function_name, is_application
from queryscope.rules.remedy import Context, Gathered


def place_of_write(stack: Sequence[Frame], context: Context) -> Location:
    """The call that writes; where that line isn't the application's, the next one outwards that is."""
    frame = next((each for each in stack if is_application(each)), stack[0])
    source = context.sources.around(frame)
    node = node_at(source, frame) if source is not None else None
    first, last = frame.line, frame.end_line or frame.line
    if node is not None:
        first, last = node.lineno, node.end_lineno or node.lineno
    return Location(path=frame.path, line=first, end_line=last, function=function_name(frame))


def gathered_by_loop(subject: str, stack: Sequence[Frame], context: Context) -> Gathered | None:
    """The loop that runs a stack: what stands in it is changed together."""
    loop = find_loop(stack, context.sources)
    if loop is None:
        return None
    node = loop.node
    return Gathered(subject, loop.frame.path, function_name(loop.frame), node.lineno, node.col_offset)
