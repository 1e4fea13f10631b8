"""Whose code it is: the application's, or a test's, fixture's, factory's, migration's or seed's."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

from queryscope.model import Frame, Models, QueryGroup

_FILES = re.compile(
    r"^(test_.*|.*_tests?|tests?|conftest|fixtures?|factory|factories|.*_factory|.*_factories"
    r"|(db_)?(seed|seeds|seeder|populate)|.*_seed|.*_seeder)\.py$"
)
# Elsewhere `seed_catalogue.py` may be about the seeds of plants.
_COMMANDS = re.compile(
    r"^((.*/)?(management/commands|scripts)/)?(db_)?(seed|seeds|seeder|populate)_[^/]*\.py$"
)
# Sports have fixtures, industry has factories, botany has seeds: applications are named so too.
_FOLDERS = frozenset({"factories", "fixtures", "seeding", "seeds", "seeders"})
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
    return frame.is_template or (is_application_file(frame.path) and _is_application_function(frame.function))


@lru_cache(maxsize=4096)
def is_application_file(name: str) -> bool:
    """Whether a file may hold the application's own code, by its path alone."""
    path = PurePosixPath(name)
    if _FILES.match(path.name) or _COMMANDS.search(name) or "migrations" in path.parts[:-1]:
        return False
    if _FOLDERS.intersection(path.parts[:-1]) and path.name not in _APPLICATION_FILES:
        return False
    if path.name == "__init__.py" and _TEST_FOLDERS.intersection(path.parts):
        return False  # what the tests of a folder share
    return path.parent.name not in _TEST_FOLDERS or path.name in _APPLICATION_FILES


@lru_cache(maxsize=4096)
def _is_application_function(name: str) -> bool:
    return not _FUNCTIONS.search(name)


def are_applications(*frames: Frame | None) -> bool:
    """Whether all of these frames that there are are the application's own."""
    return all(frame is None or is_application(frame) for frame in frames)


def first_python(frames: tuple[Frame, ...]) -> Frame | None:
    """The innermost frame that is Python code."""
    return next((frame for frame in frames if not frame.is_template), None)


def loop_frame(loaded: tuple[Frame, ...], accessed: tuple[Frame, ...]) -> Frame | None:
    """Where the loop runs: the innermost Python code that both loads the rows and reads their relation."""
    places = {_place(frame) for frame in loaded}
    return next((frame for frame in accessed if not frame.is_template and _place(frame) in places), None)


def is_looped_by_application(owner: QueryGroup, group: QueryGroup) -> bool:
    """Whether the application builds and runs the query that gives the rows, and the loop over them.

    Who reads them in the loop is no matter: a library may, or a test that was handed the rows.
    """
    if not is_run_by_application(owner) or not are_applications(loop_frame(owner.stack, group.stack)):
        return False
    return _has_place(owner) or bool(group.stack)


def is_read_by_application(owner: QueryGroup, group: QueryGroup) -> bool:
    """Whether the application builds the query that gives the rows, and reads them, in a loop of its own."""
    built = owner.site.frame if owner.site else None
    frames = (built, first_python(group.stack), loop_frame(owner.stack, group.stack))
    return _has_place(owner) and are_applications(*frames)


def _has_place(group: QueryGroup) -> bool:
    return group.site is not None and (group.site.frame is not None or group.site.holder is not None)


def is_run_by_application(group: QueryGroup) -> bool:
    """Whether the lines that build a queryset and run it are the application's, as far as there are any."""
    return are_applications(group.site.frame if group.site else None, first_python(group.stack))


def _place(frame: Frame) -> tuple[str, str]:
    return (frame.path, function_name(frame))


def function_name(frame: Frame) -> str:
    """The qualified function; a comprehension counts as the code around it, as since Python 3.12."""
    return _COMPREHENSION.sub("", frame.function) if "<" in frame.function else frame.function


def is_asked_by_application(group: QueryGroup, models: Models) -> bool:
    """Whether a line or class of the application asks for these rows, and the queryset is its own.

    A library asks for its own models where it likes; a migration, seed or fixture for whatever it likes. What
    a class of the application holds, only its text tells (`rules/holding.py`).
    """
    site, place = group.site, first_python(group.stack)
    built = site.frame if site else None
    if not is_run_by_application(group):
        return False
    if site is None:
        return place is not None
    model = models.get(site.model)
    is_librarys = group.is_asked_by_library and model is not None and not model.path
    if site.is_built_by_library or (is_librarys and (built is not None or site.holder is None)):
        return False
    return built is not None or site.holder is not None or place is not None
