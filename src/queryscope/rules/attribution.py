"""Whose code it is: the application's, or a test's, fixture's, factory's, migration's or seed's."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

from queryscope.model import Frame, Models, Observation, QueryGroup, QuerySetSite

_FILES = re.compile(
    r"^(test_.*|.*_tests?|tests?|conftest|fixtures?|factory|factories|.*_factory|.*_factories"
    r"|(db_)?(seed|seeds|seeder|populate)(_.*)?|.*_seed|.*_seeder)\.py$"
)
_FOLDERS = frozenset({"migrations", "factories", "fixtures", "seeding", "seeds", "seeders"})
_TEST_FOLDERS = frozenset({"test", "tests", "testing"})
# Projects keep small applications beside their tests; these names say that a module belongs to one.
_APPLICATION_FILES = frozenset(
    f"{name}.py"
    for name in (
        "admin", "api", "filters", "forms", "managers", "models", "querysets", "resolvers", "schema",
        "serializers", "services", "signals", "tasks", "urls", "views", "viewsets",
    )
)  # fmt: skip
_FUNCTIONS = re.compile(
    r"(^|\.)(test_\w+|setUp|setUpTestData|setUpClass|setUpModule|asyncSetUp|tearDown)(\.|$)"
)
_COMPREHENSION = re.compile(r"\.<(listcomp|setcomp|dictcomp)>")


def is_application(frame: Frame | None) -> bool:
    """Whether a frame is the application's own.

    An application beside tests (`tests/shop/views.py`) is: projects keep small ones there. A test
    module, what stands directly beside it, a test method, a factory, a migration and a seed are not.
    """
    if frame is None:
        return False
    return frame.is_template or _is_applications(frame.path, frame.function)


@lru_cache(maxsize=16384)  # asked for every frame of every group, of which few differ
def _is_applications(file: str, function: str) -> bool:
    path = PurePosixPath(file)
    if _FILES.match(path.name) or _FOLDERS.intersection(path.parts[:-1]):
        return False
    if path.parent.name in _TEST_FOLDERS and path.name not in _APPLICATION_FILES:
        return False
    if path.name == "__init__.py" and _TEST_FOLDERS.intersection(path.parts):
        return False  # what the tests of a folder share
    return not _FUNCTIONS.search(function)


def first_python(frames: tuple[Frame, ...]) -> Frame | None:
    """The innermost frame that is Python code."""
    return next((frame for frame in frames if not frame.is_template), None)


def loop_frame(loaded: tuple[Frame, ...], accessed: tuple[Frame, ...]) -> Frame | None:
    """Where the loop runs: the innermost Python code that both loads the rows and reads their relation."""
    places = {_place(frame) for frame in loaded}
    return next((frame for frame in accessed if not frame.is_template and _place(frame) in places), None)


def is_applications(site: QuerySetSite, loaded: tuple[Frame, ...], accessed: tuple[Frame, ...]) -> bool:
    """Whether the frames that build a queryset and that run the loop over its rows are the application's."""
    frames = (site.frame, first_python(accessed), loop_frame(loaded, accessed))
    if any(frame is not None and not is_application(frame) for frame in frames):
        return False
    return site.frame is not None or site.holder is not None


def _place(frame: Frame) -> tuple[str, str]:
    return (frame.path, function_name(frame))


def function_name(frame: Frame) -> str:
    """The qualified function; a comprehension counts as the code around it, as since Python 3.12."""
    return _COMPREHENSION.sub("", frame.function)


def is_asked_by_application(group: QueryGroup, models: Models) -> bool:
    """Whether a line or class of the application asks for these rows, and the queryset is its own.

    A library asks for its own models where it likes; a migration, seed or fixture for whatever it likes. What
    a class of the application holds, only its text tells (`rules/holding.py`).
    """
    site, place = group.site, first_python(group.stack)
    built = site.frame if site else None
    if any(frame is not None and not is_application(frame) for frame in (built, place)):
        return False
    if site is None:
        return place is not None
    model = models.get(site.model)
    is_librarys = group.is_asked_by_library and model is not None and not model.path
    if site.is_built_by_library or (is_librarys and (built is not None or site.holder is None)):
        return False
    return built is not None or site.holder is not None or place is not None


def spoken_place(observation: Observation) -> str:
    """The function or class that a message begins with."""
    site = observation.site
    if site is not None and site.frame is not None:
        return function_name(site.frame)
    if site is not None and site.holder is not None:
        return site.holder.name
    return function_name(observation.trigger) if observation.trigger else "The page"
