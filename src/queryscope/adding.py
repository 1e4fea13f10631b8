"""Seam: advised indexes as changes of the project's files: `Meta.indexes`, and migrations that build them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.apps import apps

from queryscope.capture.project import Project
from queryscope.entries import (
    LeftOutError,
    facts_of,
    has_other_servers,
    in_fields,
    is_partitioned,
    model_of,
    refuse_other_ways,
    refuse_unbuildable,
)
from queryscope.errors import EditRefusedError
from queryscope.fixes.imports import Imports
from queryscope.fixes.index_code import create_sql, django_index, drop_sql, index_imports, table_name
from queryscope.fixes.line_limit import configured_limit, line_limit
from queryscope.fixes.meta_indexes import add_entry, named_indexes, spelled
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
from queryscope.leaves import Leaf, Leaves, NoMigrationsError
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
        except LeftOutError as reason:
            left.append((advice, str(reason)))
    kept = []
    replaced = {name: advice for advice in reversed(work.added) for name in advice.replaces}
    for name, advice in reversed(replaced.items()) if drops_replaced else ():
        try:
            work.drop(name, advice)
        except (LeftOutError, EditRefusedError) as reason:
            kept.append((name, str(reason)))
    return Addition(
        changes=work.changes(),
        folders=tuple(dict.fromkeys(leaf.folder for leaf in work.leaves.values())),
        added=tuple(work.added),
        left=tuple(left),
        kept=tuple(kept),
    )


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
        model = model_of(advice)
        advice = replace(advice, model=model._meta.label)
        refuse_other_ways(in_fields(advice, model), model)
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
        if advice.schema:
            raise EditRefusedError(
                f"Django drops an index by its name alone, and finds none in the schema {advice.schema}: "
                f"{drop_sql(replace(advice, name=name))};"
            )
        removal = removal_of(name, model, by=advice.name)
        path = Path(sys.modules[model.__module__].__file__ or "").resolve()
        first, text = self.texts[path]
        source = Source(self.project.relative(str(path)), text)
        if removal.field:
            by_default = makes_index_by_default(model, removal.field)
            edits = without_db_index(source, facts_of(model), removal.field, by_default=by_default)
        else:
            edits = without_entry(source, facts_of(model), name)
        after = self._laid_out(source, source.apply(edits))
        leaf = self.leaves[app_label]
        file = removal_migration_name(removal, number=leaf.number)
        text = removal_migration(
            removal,
            app_label=app_label,
            model=model._meta.model_name,
            previous=leaf.name,
            is_hinted=has_other_servers(),
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
        raise LeftOutError(
            f"{advice.model} isn't defined in this project. Make a migration of an application of yours "
            f"(`manage.py makemigrations YOURS --empty`) with `atomic = False`{after}, and in it "
            f"migrations.RunSQL({create_sql(advice)!r}, "
            f"{drop_sql(advice)!r}). "
            "Django's state doesn't know it, so an update of that application won't undo it."
        )

    def _edited(self, advice: IndexAdvice, model: Any) -> tuple[Path, tuple[str, str]]:
        path = Path(sys.modules[model.__module__].__file__ or "").resolve()
        name = self.project.relative(str(path))
        stated = in_fields(advice, model)
        by_hand = django_index(stated)
        try:
            first, text = self.texts.get(path) or (path.read_bytes().decode(),) * 2
            source = Source(name, text)
            facts = facts_of(model)
            if advice.name in named_indexes(source, facts):
                raise LeftOutError(f"{advice.name} stands in the Meta of {advice.model} already.")
            imports = Imports(source)
            entry = spelled(by_hand, index_imports(stated), imports)
            edits = [*add_entry(source, facts, entry), *imports.replacements()]
            after = self._laid_out(source, source.apply(edits))
        except EditRefusedError as error:
            raise LeftOutError(f"{name}: {error} By hand: {by_hand}") from error
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            told = f"{name} can't be edited ({type(error).__name__}). By hand: {by_hand}"
            raise LeftOutError(told) from error
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
        try:
            leaf = self.leaves.get(app_label) or self.migrations.leaf(app_label)
        except NoMigrationsError as error:
            raise LeftOutError(f"{error} {django_index(advice)}") from error
        if not is_sql:  # before anything is kept of it
            refuse_unbuildable(in_fields(advice, apps.get_model(advice.model)))
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
            hint = advice.model.partition(".")[2].lower() if has_other_servers() else ""
            text = sql_migration(advice, app_label=app_label, previous=leaf.name, hint=hint)
        else:
            in_parts = is_partitioned(apps.get_model(advice.model))
            if in_parts and advice.schema:
                raise LeftOutError(
                    f"{table_name(advice)} is partitioned, and not on the search path: build it on each "
                    f"partition CONCURRENTLY, and attach these to {create_sql(advice, concurrently=False)}."
                )
            text = migration(
                advice,
                previous=leaf.name,
                after=after,
                has_extensions=False,
                is_partitioned=in_parts,
                is_hinted=has_other_servers(),
                stated=in_fields(advice, apps.get_model(advice.model)),
            )
        self.leaves[app_label] = self._put(leaf, file, text)

    def _put(self, leaf: Leaf, name: str, text: str) -> Leaf:
        path = leaf.folder / f"{name}.py"
        if path.exists():
            raise EditRefusedError(f"{str(path)!r} is there already, and Django doesn't load it.")
        self.files[path] = text
        return replace(leaf, name=name, number=leaf.number + 1)
