"""Whether code runs once for each row, as far as its lines can tell."""

from __future__ import annotations

import ast

from queryscope.fixes.looping import is_of_each_row, is_of_each_row_in_template, loops_around
from queryscope.fixes.sources import Sources
from queryscope.model import Frame
from queryscope.rules.attribution import function_name


def reads_each_row(frame: Frame, sources: Sources, loaded: tuple[Frame, ...] = ()) -> bool:
    """Whether a line stands in a loop over rows, and speaks of what the loop gives.

    Args:
        frame: the line.
        sources: the files of the project.
        loaded: the stack that loaded the rows.
    """
    if frame.is_template:
        text = sources.text(frame.path)
        return text is not None and is_of_each_row_in_template(text, frame)
    source = sources.around(frame)
    place = (frame.path, function_name(frame))
    load = next((each for each in loaded if (each.path, function_name(each)) == place), None)
    return source is not None and is_of_each_row(source, frame, load)


def looping_frame(stack: tuple[Frame, ...], sources: Sources) -> Frame | None:
    """The innermost line of a stack that stands in a loop, whatever it speaks of."""
    for frame in stack:
        source = sources.around(frame)
        is_inside = source is not None and next(loops_around(source, frame), None) is not None
        if is_inside or (frame.is_template and reads_each_row(frame, sources)):
            return frame
    return None


def is_open_ended(frame: Frame, sources: Sources) -> bool:
    """Whether the innermost loop around a line is a `while`: nobody knows its rows beforehand."""
    source = sources.around(frame)
    loop = next(loops_around(source, frame), None) if source is not None else None
    return loop is not None and isinstance(loop.node, ast.While)
