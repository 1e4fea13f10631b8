"""The project's models as plain data, so that rules speak of them without importing Django."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A concrete column of a model."""

    name: str
    column: str
    type: str  # Django's internal type: "CharField", "ForeignKey"
    db_type: str = ""  # "varchar(40)"
    is_null: bool = False
    is_unique: bool = False  # primary keys included
    is_primary: bool = False
    is_indexed: bool = False  # db_index
    db_constraint: bool = True
    target: str | None = None  # label of the related model
    collation: str = ""
    has_pre_save: bool = False  # save() fills it, as auto_now does; bulk_update() and update() don't


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRelation:
    """A relation as an attribute of a model: forward, reverse, many-to-many or generic."""

    name: str  # the attribute (accessor)
    query_name: str  # the name in lookups and prefetch paths
    kind: str  # a value of AccessKind
    target: str | None  # None: GenericForeignKey
    is_null: bool = False
    db_constraint: bool = True
    is_ordered: bool = False  # the target has Meta.ordering
    remote: str = ""  # how the target's lookups name the way back: "book" of `Book.reviews`; "" if they can't
    remote_key: str = "pk"  # the field of this model that the way back holds
    can_join: bool = True  # Django's select_related() gives the right rows for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A Django model."""

    label: str  # "shop.Book"
    table: str  # without its schema, unless tables of several are called so
    fields: tuple[Field, ...] = ()
    relations: tuple[ModelRelation, ...] = ()
    ordering: tuple[str, ...] = ()
    default_manager: str = "objects"
    path: str = ""  # file that defines it, relative to the project root; "" outside of it
    line: int = 0
    is_managed: bool = True
    module: str = ""  # that defines it: "shop.models"
    primary_key: str = "id"  # name of the field
    is_manager_plain: bool = True  # the default manager gives all rows
    parents: tuple[str, ...] = ()  # labels of the models whose tables a row of it is spread over
    overrides: tuple[str, ...] = ()  # "save", "delete": methods that aren't Django's own
    schema: str = ""  # that its `db_table` names; "" where the search path finds it
    receivers: tuple[str, ...] = ()  # "post_save" …: signals of its writes that somebody listens to

    @property
    def name(self) -> str:
        """`Book` of `shop.Book`."""
        return self.label.rpartition(".")[2]

    @property
    def app_label(self) -> str:
        """`shop` of `shop.Book`."""
        return self.label.partition(".")[0]

    def field(self, name: str) -> Field | None:
        """The field of that name or column."""
        return next((field for field in self.fields if name in (field.name, field.column)), None)

    def relation(self, name: str) -> ModelRelation | None:
        """The relation read by that attribute."""
        return next((relation for relation in self.relations if relation.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The model graph of a project."""

    models: tuple[Model, ...] = ()
    # Made when first asked for: a graph may have a thousand models, and is asked once for each finding.
    _by_label: dict[str, Model] = field(default_factory=dict, init=False, repr=False, compare=False)
    _by_table: dict[str, Model] = field(default_factory=dict, init=False, repr=False, compare=False)
    _shared: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _leading: dict[str, tuple[tuple[str, str], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _targets: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get(self, label: str) -> Model | None:
        """The model with that label."""
        if not self._by_label:
            self._by_label.update((model.label, model) for model in reversed(self.models))
        return self._by_label.get(label)

    def by_table(self, table: str) -> Model | None:
        """The model stored in that table; of proxies the first."""
        if not self._by_table:
            self._by_table.update((model.table, model) for model in reversed(self.models))
        return self._by_table.get(table)

    def sharing(self, table: str) -> frozenset[str]:
        """The tables called so, as their `db_table` says it, where several schemas have one."""
        if not self._shared and self.models:
            found: dict[str, set[str]] = {}
            for model in self.models:
                found.setdefault(model.table.strip('"').rpartition('"."')[2], set()).add(model.table)
            self._shared.update((name, frozenset(named)) for name, named in found.items())
        several = self._shared.get(table, frozenset())
        return several if len(several) > 1 else frozenset()

    def leading_to(self, label: str) -> tuple[tuple[str, str], ...]:
        """(model name, attribute) of the relations that lead to that model."""
        self._index_relations()
        return self._leading.get(label, ())

    def targets_of(self, attribute: str) -> frozenset[str]:
        """The labels of the models to which relations of that name lead, of whatever model."""
        self._index_relations()
        return self._targets.get(attribute, frozenset())

    def _index_relations(self) -> None:
        if self._targets or not self.models:
            return
        leading: dict[str, list[tuple[str, str]]] = {}
        targets: dict[str, set[str]] = {}
        for model in self.models:
            for relation in model.relations:
                leading.setdefault(relation.target or "", []).append((model.name, relation.name))
                targets.setdefault(relation.name, set()).add(relation.target or "")
        self._leading.update((label, tuple(dict.fromkeys(each))) for label, each in leading.items())
        self._targets.update((name, frozenset(labels)) for name, labels in targets.items())
