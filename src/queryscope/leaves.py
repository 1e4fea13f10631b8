"""Seam: where the next migration of an application belongs, asked of Django's own loader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.exceptions import BadMigrationError, CircularDependencyError, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState

from queryscope.capture.project import Project
from queryscope.errors import EditRefusedError


class NoMigrationsError(EditRefusedError):
    """An application without migrations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """The last migration of an application, and where the next one goes."""

    app_label: str
    folder: Path
    name: str  # "0007_totals"
    number: int  # of the next one


class Leaves:
    """The migrations of the project as they stand in its files. No database is asked.

    Raises:
        EditRefusedError: they can't be loaded; the text says why.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        try:
            self._loader = MigrationLoader(None)
        except (BadMigrationError, CircularDependencyError, NodeNotFoundError, ImportError) as error:
            raise EditRefusedError(f"The migrations can't be loaded: {error}") from error

    def leaf(self, app_label: str) -> Leaf:
        """Where the next migration of an application goes.

        Raises:
            NoMigrationsError: it has none.
            EditRefusedError: it has several leaves, or models that differ from them, or its folder isn't the
                project's.
        """
        found = self._loader.graph.leaf_nodes(app_label)
        if not found:
            raise NoMigrationsError(_without_migrations(app_label))
        if len(found) > 1:
            names = ", ".join(name for _, name in found)
            raise EditRefusedError(
                f"{app_label!r} has {len(found)} last migrations ({names}): "
                f"`manage.py makemigrations --merge {app_label}` first."
            )
        self._refuse_pending(app_label)
        name = found[0][1]
        return Leaf(
            app_label=app_label,
            folder=self._folder(app_label),
            name=name,
            number=(MigrationAutodetector.parse_number(name) or 0) + 1,
        )

    def last(self, app_label: str) -> str:
        """The name of an application's last migration; empty where there is none, or not one."""
        found = self._loader.graph.leaf_nodes(app_label)
        return str(found[0][1]) if len(found) == 1 else ""

    def installs(self, extension: str) -> tuple[str, str] | None:
        """The first migration (application, name) that installs an extension; None if none does."""
        for key, migration in sorted(self._loader.disk_migrations.items()):
            if any(_installs(operation, extension) for operation in _all(migration.operations)):
                return str(key[0]), str(key[1])
        return None

    def _folder(self, app_label: str) -> Path:
        module, _ = MigrationLoader.migrations_module(app_label)
        path = next(iter(import_module(module or "").__path__), "")
        if not self._project.is_application(f"{path}/x.py"):
            raise EditRefusedError(
                f"The migrations of {app_label!r} are in {path!r}, outside of the project "
                f"({self._project.root!r})."
            )
        return Path(path).resolve()

    def _refuse_pending(self, app_label: str) -> None:
        """Changes of tables without a migration would be in the way: the index may need them."""
        state = self._loader.project_state()
        detector = MigrationAutodetector(state, ProjectState.from_apps(apps), MigrationQuestioner())
        changes = detector.changes(
            graph=self._loader.graph, trim_to_apps={app_label}, convert_apps={app_label}
        )
        operations = [each for migration in changes.get(app_label, ()) for each in migration.operations]
        first = next((each.describe() for each in operations if _is_of_table(each, app_label, state)), "")
        if first:
            raise EditRefusedError(
                f"The models of {app_label!r} have changes without a migration ({first}): "
                f"`manage.py makemigrations {app_label}` first."
            )


def _is_of_table(operation: Any, app_label: str, state: ProjectState) -> bool:
    """Whether an operation changes more than Django's view: not labels, choices, managers and the like.

    Some projects leave these out of their migrations, by a `makemigrations` of their own.
    """
    if isinstance(operation, AlterModelOptions | AlterModelManagers):
        return False
    if not isinstance(operation, AlterField):
        return True
    model = state.models[app_label, operation.model_name_lower]
    return _column(model.fields[operation.name]) != _column(operation.field)


def _column(field: Any) -> tuple[Any, ...]:
    """What the database sees of a field, as `BaseDatabaseSchemaEditor._field_should_be_altered` has it."""
    _, path, positional, options = field.deconstruct()
    unseen = set(field.non_db_attrs) - {"db_column"}
    return path, positional, {name: value for name, value in options.items() if name not in unseen}


def _without_migrations(app_label: str) -> str:
    module, _ = MigrationLoader.migrations_module(app_label)
    if module is None:
        return f"MIGRATION_MODULES turns the migrations of {app_label!r} off."
    return (
        f"{app_label!r} has no migrations yet: `manage.py makemigrations {app_label}` makes the first, and "
        "`manage.py migrate --fake-initial` takes the tables that are there for what it would make."
    )


def _all(operations: Iterable[Any]) -> Iterator[Any]:
    for operation in operations:
        yield operation
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _all(operation.database_operations)


def _installs(operation: Any, extension: str) -> bool:
    from django.contrib.postgres.operations import CreateExtension

    if isinstance(operation, CreateExtension):
        return bool(operation.name == extension)
    if not isinstance(operation, RunSQL):
        return False
    words = str(operation.sql).lower().replace('"', " ").replace(";", " ").split()
    return "extension" in words and "create" in words and extension in words
