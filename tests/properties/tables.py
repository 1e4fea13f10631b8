"""The application of a random graph: its models imported, its tables made, its rows linked at random."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.contenttypes.models import ContentType
from django.core.checks import run_checks
from django.db import connection

from tests.properties.graphs import Entity, Graph, Link


@contextmanager
def installed(graph: Graph, label: str, root: Path) -> Iterator[ModuleType]:
    """The models of a graph as an installed application in that folder; no trace of it afterwards."""
    folder = root / label
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "models.py").write_text(graph.code(), encoding="utf-8")
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    known = set(sys.modules)
    try:
        config = AppConfig.create(label)
        config.apps = apps
        apps.app_configs[label] = config
        config.import_models()
        apps.clear_cache()
        assert config.models_module is not None
        wrong = [each for each in run_checks([config]) if each.is_serious()]
        assert not wrong, wrong
        yield config.models_module
    finally:
        apps.app_configs.pop(label, None)
        apps.all_models.pop(label, None)
        apps.clear_cache()
        ContentType.objects.clear_cache()
        sys.path.remove(str(root))
        for name in set(sys.modules) - known:
            if name.partition(".")[0] == label:
                del sys.modules[name]


def make_tables(label: str) -> None:
    """The tables of an application."""
    with connection.schema_editor(atomic=False) as editor:
        for model in apps.get_app_config(label).get_models():
            editor.create_model(model)
        statements, editor.deferred_sql = editor.deferred_sql, []
        del statements  # constraints: nothing breaks them here, and each takes its time


class Filling:
    """Rows of a graph."""

    def __init__(self, graph: Graph, module: ModuleType, numbers: dict[str, int], seed: int) -> None:
        self.graph = graph
        self.module = module
        self.numbers = numbers
        self.random = Random(seed)

    def fill(self) -> None:
        """Make them all; nullable links last, since they may lead anywhere."""
        for entity in self.graph.entities:
            if not entity.is_through:
                self._make(entity)
        for entity in self.graph.entities:
            if entity.is_through:
                self._pair(entity)
            for link in entity.links:
                if link.kind == "ManyToManyField" and not link.through:
                    self._join(entity, link)
                elif link.is_null and link.kind != "ManyToManyField":
                    self._set(entity, link)
        if self.graph.has_notes:
            self._note()

    def rows(self, name: str) -> list[Any]:
        """All rows of a model, in their order."""
        return list(getattr(self.module, name)._base_manager.order_by("pk"))

    def _make(self, entity: Entity) -> None:
        model = getattr(self.module, entity.name)
        links = [(each, link) for each in self.graph.line(entity.name) for link in each.links]
        needed = [pair for pair in links if pair[1].kind != "ManyToManyField" and not pair[1].is_null]
        pools = {link.name: self._free(owner, link) for owner, link in needed}
        number = self.numbers.get(entity.name, 3)
        for at in range(number):
            values: dict[str, Any] = {}
            for _, link in needed:
                pool = pools[link.name]
                if not pool:
                    return
                values[link.name] = pool.pop() if link.kind == "OneToOneField" else self.random.choice(pool)
            is_kept = self.random.random() < 0.8
            row = model(name=f"{entity.name.lower()} {at}", rank=at % 3, is_kept=is_kept, **values)
            row.save(force_insert=True)

    def _free(self, owner: Entity, link: Link) -> list[Any]:
        """The rows that may be linked to, shuffled."""
        taken = set()
        if link.kind == "OneToOneField":
            taken = {getattr(row, f"{link.name}_id") for row in self.rows(owner.name)}
        pool = [row for row in self.rows(link.target) if row.pk not in taken]
        self.random.shuffle(pool)
        return pool

    def _set(self, entity: Entity, link: Link) -> None:
        pool = self.rows(link.target)
        self.random.shuffle(pool)
        for row in self.rows(entity.name):
            if not pool or self.random.random() < 0.3:
                continue
            setattr(row, link.name, pool.pop() if link.kind == "OneToOneField" else self.random.choice(pool))
            row.save(update_fields=[link.name])

    def _join(self, entity: Entity, link: Link) -> None:
        pool = self.rows(link.target)
        for row in self.rows(entity.name):
            getattr(row, link.name).set(self.random.sample(pool, self.random.randint(0, min(3, len(pool)))))

    def _pair(self, entity: Entity) -> None:
        near, far = (self.rows(link.target) for link in entity.links)
        model = getattr(self.module, entity.name)
        for one in near:
            for two in self.random.sample(far, self.random.randint(0, min(3, len(far)))):
                model.objects.create(name=f"{one.name}, {two.name}", near=one, far=two)

    def _note(self) -> None:
        subjects = [
            row for entity in self.graph.entities if entity.is_noted for row in self.rows(entity.name)
        ]
        for at, row in enumerate(subjects):
            for number in range(self.random.randint(0, 2)):
                # A row of a child's table is a row of its parent's too; the relation means the parent's.
                self.module.Note.objects.create(name=f"note {at} {number}", rank=number, subject=row)
        ContentType.objects.get_for_models(*apps.get_models())  # Django keeps them
