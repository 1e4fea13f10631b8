"""Seam: advised indexes as changes of the project's files: `Meta.indexes`, and migrations that build them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connections, router

from queryscope.capture.frames import class_lines
from queryscope.capture.project import Project
from queryscope.database.catalog import schema_of
from queryscope.errors import EditRefusedError
from queryscope.fixes.imports import Imports
from queryscope.fixes.index_code import create_sql, django_index, index_imports, quote
from queryscope.fixes.line_limit import configured_limit, line_limit
from queryscope.fixes.meta_indexes import MetaFacts, add_entry, named_indexes, spelled
from queryscope.fixes.migration import (
    Dependency,
    extension_migration,
    extension_migration_name,
    migration,
    migration_name,
    removal_migration,
    removal_migration_name,
    sql_migration,
)
from queryscope.fixes.redundant_index import without_db_index, without_entry
from queryscope.fixes.source import Source
from queryscope.fixes.wrapping import wrapped
from queryscope.leaves import Leaf, Leaves
from queryscope.model import IndexAdvice
from queryscope.superseded import makes_index_by_default, removal_of
from queryscope.worktree import FileChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What is to be written, and which indexes are left out of it, and why."""

    changes: tuple[FileChange, ...] = ()  # sources before migrations
    folders: tuple[Path, ...] = ()  # of the migrations
    added: tuple[IndexAdvice, ...] = ()
    left: tuple[tuple[IndexAdvice, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()  # names of redundant indexes that stay, and why


def addition_of(
    advices: Sequence[IndexAdvice], project: Project, *, drops_replaced: bool = False
) -> Addition:
    """The changes that add indexes to models and migrations. Nothing is written.

    Args:
        advices: the indexes.
        project: whose files may be changed.
        drops_replaced: also take out what they make redundant, in migrations of its own.

    Raises:
        EditRefusedError: the migrations of an application are in no state to add one: several leaves,
            models that differ from them, no folder of the project.
    """
    work = _Addition(project)
    left = []
    for advice in advices:
        try:
            work.add(advice)
        except _LeftOutError as reason:
            left.append((advice, str(reason)))
    kept = []
    for advice in work.added if drops_replaced else ():
        for name in advice.replaces:
            try:
                work.drop(name, advice)
            except (_LeftOutError, EditRefusedError) as reason:
                kept.append((name, str(reason)))
    return Addition(
        changes=work.changes(),
        folders=tuple(dict.fromkeys(leaf.folder for leaf in work.leaves.values())),
        added=tuple(work.added),
        left=tuple(left),
        kept=tuple(kept),
    )


class _LeftOutError(Exception):
    """An index that has to be built in another way; the text says in which."""


class _Addition:
    """What came together so far."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.migrations = Leaves(project)
        self.leaves: dict[str, Leaf] = {}  # by application, as it will be
        self.texts: dict[Path, tuple[str, str]] = {}  # before and after
        self.files: dict[Path, str] = {}
        self.installed: dict[str, Dependency] = {}  # extensions, by what is to be written
        self.added: list[IndexAdvice] = []

    def changes(self) -> tuple[FileChange, ...]:
        edited = (
            FileChange(path=path, before=before.encode(), after=after.encode())
            for path, (before, after) in self.texts.items()
        )
        new = (FileChange(path=path, before=None, after=text.encode()) for path, text in self.files.items())
        return (*edited, *new)

    def add(self, advice: IndexAdvice) -> None:
        model = _model(advice)
        advice = _in_fields(replace(advice, model=model._meta.label), model)
        _refuse_other_ways(advice, model)
        if model._meta.auto_created:
            owner = model._meta.auto_created._meta
            self._refuse_foreign(advice, owner.model, owner.app_label)
            self._add_files(advice, owner.app_label, is_sql=True)
        else:
            self._refuse_foreign(advice, model, model._meta.app_label)
            path, texts = self._edited(advice, model)
            self._add_files(advice, model._meta.app_label)
            self.texts[path] = texts
        self.added.append(advice)

    def drop(self, name: str, advice: IndexAdvice) -> None:
        """Take out an index that an added one replaces."""
        model = apps.get_model(advice.model)
        app_label = model._meta.app_label
        if model._meta.auto_created:
            raise EditRefusedError(f"The table of {advice.model} is Django's own.")
        removal = removal_of(name, model, by=advice.name)
        path = Path(sys.modules[model.__module__].__file__ or "").resolve()
        first, text = self.texts[path]
        source = Source(self.project.relative(str(path)), text)
        if removal.field:
            by_default = makes_index_by_default(model, removal.field)
            edits = without_db_index(source, _facts(model), removal.field, by_default=by_default)
        else:
            edits = without_entry(source, _facts(model), name)
        after = self._laid_out(source, source.apply(edits))
        leaf = self.leaves[app_label]
        file = removal_migration_name(removal, number=leaf.number)
        text = removal_migration(
            removal, app_label=app_label, model=model._meta.model_name, previous=leaf.name
        )
        ast.parse(text)
        self.leaves[app_label] = self._put(leaf, file, text)
        self.texts[path] = (first, after)

    def _refuse_foreign(self, advice: IndexAdvice, model: Any, app_label: str) -> None:
        filename = getattr(sys.modules.get(model.__module__), "__file__", None) or ""
        if self.project.is_application(filename):
            return
        last = self.migrations.last(app_label)
        after = f' and ("{app_label}", "{last}") among its dependencies' if last else ""
        raise _LeftOutError(
            f"{advice.model} isn't defined in this project. Make a migration of an application of yours "
            f"(`manage.py makemigrations YOURS --empty`) with `atomic = False`{after}, and in it "
            f"migrations.RunSQL({create_sql(advice)!r}, "
            f"{f'DROP INDEX CONCURRENTLY IF EXISTS {quote(advice.name)}'!r}). "
            "Django's state doesn't know it, so an update of that application won't undo it."
        )

    def _edited(self, advice: IndexAdvice, model: Any) -> tuple[Path, tuple[str, str]]:
        path = Path(sys.modules[model.__module__].__file__ or "").resolve()
        name = self.project.relative(str(path))
        first, text = self.texts.get(path) or (_read(path),) * 2
        try:
            source = Source(name, text)
            facts = _facts(model)
            if advice.name in named_indexes(source, facts):
                raise _LeftOutError(f"{advice.name} stands in the Meta of {advice.model} already.")
            imports = Imports(source)
            entry = spelled(django_index(advice), index_imports(advice), imports)
            edits = [*add_entry(source, facts, entry), *imports.replacements()]
            after = self._laid_out(source, source.apply(edits))
        except EditRefusedError as error:
            raise _LeftOutError(f"{name}: {error} {django_index(advice)}") from error
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise _LeftOutError(f"{name} can't be edited ({type(error).__name__}).") from error
        return path, (first, after)

    def _laid_out(self, source: Source, after: str) -> str:
        limit = line_limit(source.text, configured_limit(self._sibling, source.path))
        after = wrapped(source.text, after, limit)
        ast.parse(after.removeprefix("\ufeff"))
        return after

    def _sibling(self, name: str) -> str | None:
        try:
            return Path(self.project.root, name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _add_files(self, advice: IndexAdvice, app_label: str, *, is_sql: bool = False) -> None:
        leaf = self.leaves.get(app_label) or self.migrations.leaf(app_label)
        if not is_sql:  # before anything is kept of it
            _refuse_unbuildable(advice, migration(advice, previous=leaf.name, has_extensions=False))
        after: list[Dependency] = []
        missing = []
        for name in advice.extensions:
            there = self.installed.get(name) or self.migrations.installs(name)
            if there is None:
                missing.append(name)
            elif there[0] != app_label and there not in after:
                after.append(there)
        if missing:
            file = extension_migration_name(missing, number=leaf.number)
            text = extension_migration(missing, app_label=app_label, previous=leaf.name)
            leaf = self._put(leaf, file, text)
            self.installed.update(dict.fromkeys(missing, (app_label, file)))
        file = migration_name(advice, number=leaf.number)
        if is_sql:
            text = sql_migration(advice, app_label=app_label, previous=leaf.name)
        else:
            text = migration(
                advice,
                previous=leaf.name,
                after=after,
                has_extensions=False,
                is_partitioned=_is_partitioned(apps.get_model(advice.model)),
            )
        self.leaves[app_label] = self._put(leaf, file, text)

    def _put(self, leaf: Leaf, name: str, text: str) -> Leaf:
        path = leaf.folder / f"{name}.py"
        if path.exists():
            raise EditRefusedError(f"{str(path)!r} is there already, and Django doesn't load it.")
        self.files[path] = text
        return replace(leaf, name=name, number=leaf.number + 1)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _LeftOutError(f"{str(path)!r} can't be read as UTF-8 ({type(error).__name__}).") from error


def _model(advice: IndexAdvice) -> Any:
    """The class that holds the table: of a proxy the model behind it."""
    try:
        model = apps.get_model(advice.model)._meta.concrete_model
    except (LookupError, ValueError):
        model = None
    if model is None or model._meta.db_table != advice.relation:
        raise _LeftOutError(f"No model of this project is stored in {advice.relation!r}.")
    return model


def _in_fields(advice: IndexAdvice, model: Any) -> IndexAdvice:
    """Columns of INCLUDE by the names of their fields, which Django wants."""
    names = {field.column: field.name for field in model._meta.concrete_fields}
    return replace(advice, include=tuple(names.get(column, column) for column in advice.include))


def _refuse_other_ways(advice: IndexAdvice, model: Any) -> None:
    if not model._meta.managed:
        raise _LeftOutError(
            f"{advice.model} is unmanaged (managed = False): Django builds nothing on its table. "
            f"Whoever owns it can run: {create_sql(advice)};"
        )
    if advice.is_unique:
        raise _LeftOutError(
            f"A unique index is a promise about rows to come, which only you can make: "
            f"UniqueConstraint in the Meta of {advice.model}, or unique=True on the field."
        )
    if any(index.name == advice.name for index in model._meta.indexes):
        raise _LeftOutError(
            f"{advice.name} stands in Meta.indexes already: `manage.py migrate` builds it, "
            "if a migration for it is there."
        )
    if "OpClass(" in django_index(advice) and not apps.is_installed("django.contrib.postgres"):
        raise _LeftOutError("Add 'django.contrib.postgres' to INSTALLED_APPS first: OpClass() needs it.")


def _is_partitioned(model: Any) -> bool:
    """As the catalog has it; where that can't be asked `migrate` will tell."""
    name = model._meta.db_table
    table = schema_of(connections[router.db_for_write(model)], [name]).table(name)
    return table is not None and table.is_partitioned


def _facts(model: Any) -> MetaFacts:
    """What Django made of the Meta of a model."""
    filename = getattr(sys.modules.get(model.__module__), "__file__", None) or ""
    inherited = getattr(model, "Meta", None)  # a concrete class keeps none of its own
    heir_of = next(
        (
            at
            for at, base in enumerate(model.__bases__)
            if inherited is not None and getattr(base, "Meta", None) is inherited
        ),
        None,
    )
    return MetaFacts(
        name=model.__name__,
        line=class_lines(filename).get(model.__qualname__, 0),
        has_indexes="indexes" in model._meta.original_attrs,
        heir_of=heir_of,
        bases=len(model.__bases__),
    )


def _refuse_unbuildable(advice: IndexAdvice, text: str) -> None:
    """Ask Django for the SQL of the very index that the migration holds.

    Raises:
        _LeftOutError: it names a field that isn't there, or an expression that can't be one of an index.
    """
    model = apps.get_model(advice.model)
    namespace: dict[str, Any] = {}
    try:
        exec(compile(text, "<migration>", "exec"), namespace)  # noqa: S102 - our own text
        operations = namespace["Migration"].operations
        [index] = [each.index for each in operations if hasattr(each, "index")]
        connection = connections[router.db_for_write(model)]
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            str(index.create_sql(model, editor))
    except Exception as error:
        raise _LeftOutError(
            f"Django can't build {django_index(advice)} on {advice.model} ({type(error).__name__})."
        ) from error
