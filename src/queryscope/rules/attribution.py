"""Whose code it is: the application's, or a test's, fixture's, factory's, migration's or seed's."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from queryscope.model import Frame

_FILES = re.compile(
    r"^(test_.*|.*_test|tests|conftest|factory|factories|.*_factory|.*_factories|seed|seeds)\.py$"
)
_FOLDERS = frozenset({"migrations", "factories", "fixtures"})
_FUNCTIONS = re.compile(r"(^|\.)(test_\w+|setUp|setUpTestData|setUpClass|tearDown|asyncSetUp)$")


def is_application(frame: Frame | None) -> bool:
    """Whether a frame is the application's own.

    A file beside tests (`tests/shop/views.py`) is: projects keep small applications there. A test
    module, a test method, a factory, a migration and a seed command are not.
    """
    if frame is None:
        return False
    if frame.is_template:
        return True
    path = PurePosixPath(frame.path)
    if _FILES.match(path.name) or _FOLDERS.intersection(path.parts[:-1]):
        return False
    return not _FUNCTIONS.search(frame.function)


def first_python(frames: tuple[Frame, ...]) -> Frame | None:
    """The innermost frame that is Python code."""
    return next((frame for frame in frames if not frame.is_template), None)
