"""The project's models as plain data, so that rules speak of them without importing Django."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A Django model."""

    label: str  # "shop.Book"
    table: str
    fields: tuple[Field, ...] = ()
    relations: tuple[ModelRelation, ...] = ()
    ordering: tuple[str, ...] = ()
    default_manager: str = "objects"
    path: str = ""  # file that defines it, relative to the project root; "" outside of it
    line: int = 0
    is_managed: bool = True

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

    def get(self, label: str) -> Model | None:
        """The model with that label."""
        return next((model for model in self.models if model.label == label), None)

    def by_table(self, table: str) -> Model | None:
        """The model stored in that table; of proxies the first."""
        return next((model for model in self.models if model.table == table), None)
