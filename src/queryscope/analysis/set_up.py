"""What a test prepares for itself: its helpers are no part of the application, whatever they are called."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from queryscope.model import Frame, Models, Observation, Trace
from queryscope.rules.attribution import function_name, is_application

_TEST = re.compile(r"(^|\.)test\w*$")


def is_set_up(observation: Observation, trace: Trace, folders: frozenset[str]) -> bool:
    """Whether all that was observed is what a test runs to prepare itself.

    That is what `setUp()` or a fixture calls, and what a test's body calls outside of every application.
    """
    if trace.origin.kind != "test" or not observation.groups:
        return False
    return all(_prepares(trace.groups[index].stack, folders) for index in observation.groups)


def app_folders(models: Models) -> frozenset[str]:
    """The folders of the project's applications, by the places of their models."""
    folders = {PurePosixPath(model.path).parent for model in models.models if model.path}
    return frozenset(str(each.parent if each.name == "models" else each) for each in folders)


def _prepares(stack: tuple[Frame, ...], folders: frozenset[str]) -> bool:
    called = next((at for at, frame in enumerate(stack) if not is_application(frame)), None)
    if not called:  # nothing of a test on the stack, or the test itself asks
        return False
    if not any(_TEST.search(function_name(frame)) for frame in stack[called:]):
        return True
    return not any(_is_within(frame, folders) for frame in stack[:called])


def _is_within(frame: Frame, folders: frozenset[str]) -> bool:
    return frame.is_template or any(str(parent) in folders for parent in PurePosixPath(frame.path).parents)
