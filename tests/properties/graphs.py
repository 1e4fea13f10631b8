"""Random model graphs: which models there are, how they are linked, and the models.py that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from hypothesis import strategies as st

NAMES = ("Author", "Book", "City", "Depot", "Entry", "Firm")
LINKS = ("owner", "place", "origin", "partner", "source")
# Names that every model has, or that its managers have.
_OWN = frozenset({"id", "pk", "name", "rank", "is_kept", "objects", "rows", "everything", "note", "notes"})

Kind = Literal["ForeignKey", "OneToOneField", "ManyToManyField"]
KINDS: tuple[Kind, ...] = ("ForeignKey", "OneToOneField", "ManyToManyField")


@dataclass(frozen=True)
class Accessor:
    """A relation as an attribute of one model's rows."""

    attribute: str
    query_name: str
    target: str  # "" behind a GenericForeignKey
    is_many: bool
    is_joinable: bool
    may_be_none: bool
    raises: bool = False  # where there is none: the other end of a one-to-one
    one_to_one: str = ""  # its field, "Book.place", which either end knows
    is_back: bool = False

    def undoes(self, other: Accessor | None) -> bool:
        """Whether it leads back to the row that another step came from."""
        if other is None or not self.one_to_one:
            return False
        return self.one_to_one == other.one_to_one and self.is_back is not other.is_back


@dataclass(frozen=True)
class Link:
    """A relation field."""

    name: str
    kind: Kind
    target: str
    related_name: str = ""
    is_null: bool = False
    through: str = ""
    is_hidden: bool = False  # no way back: a symmetrical many-to-many to itself

    def field(self, owner: str) -> str:
        return f"{owner}.{self.name}" if self.kind == "OneToOneField" else ""

    def accessor(self, owner: str) -> Accessor:
        is_many, one = self.kind == "ManyToManyField", self.field(owner)
        return Accessor(self.name, self.name, self.target, is_many, not is_many, self.is_null, one_to_one=one)

    def back(self, owner: str) -> Accessor:
        """The other end, as an attribute of the target's rows."""
        name, one = self.related_name or owner.lower(), self.field(owner)
        if one:
            return Accessor(name, name, owner, False, True, True, True, one_to_one=one, is_back=True)
        attribute = self.related_name or f"{owner.lower()}_set"
        return Accessor(attribute, name, owner, True, False, False)


@dataclass(frozen=True)
class Entity:
    """A model."""

    name: str
    links: tuple[Link, ...] = ()
    is_uuid: bool = False
    manager: str = ""  # "kept": the default one leaves rows out; "rows": it has another name
    ordering: str = ""
    parent: str = ""  # of a table that a row of this model has a part in
    is_abstract_child: bool = False  # of a base that has no table
    is_noted: bool = False  # it has a GenericRelation
    is_through: bool = False

    @property
    def managers(self) -> tuple[str, ...]:
        """What a queryset may begin with."""
        return {"kept": ("objects", "everything"), "rows": ("rows",)}.get(self.manager, ("objects",))


@dataclass(frozen=True)
class Graph:
    """Models in an order in which rows can be made."""

    entities: tuple[Entity, ...]
    has_notes: bool = False

    def entity(self, name: str) -> Entity:
        return next(each for each in self.entities if each.name == name)

    def line(self, name: str) -> list[Entity]:
        """A model and its parents."""
        entity = self.entity(name)
        return [entity, *(self.line(entity.parent) if entity.parent else [])]

    def accessors(self, name: str) -> tuple[Accessor, ...]:
        """All relations of a model's rows."""
        return tuple(self._accessors(name))

    def _accessors(self, name: str) -> Iterator[Accessor]:
        if name == "Note":
            yield Accessor("subject", "subject", "", False, False, False)
            return
        line = self.line(name)
        names = {each.name for each in line}
        for entity in line:
            yield from (link.accessor(entity.name) for link in entity.links)
            if entity.is_noted:
                yield Accessor("notes", "notes", "Note", True, False, False)
        for entity in self.entities:
            for link in entity.links:
                if link.target in names and not link.is_hidden:
                    yield self._back(link, entity, names)
            if entity.parent in names and entity.name not in names:
                child = entity.name.lower()
                # Of a row of another child too, but select_related() doesn't know it there.
                yield Accessor(child, child, entity.name, False, entity.parent == name, True, raises=True)

    def _back(self, link: Link, entity: Entity, names: set[str]) -> Accessor:
        back = link.back(entity.name)
        parents = {each.name for each in self.line(entity.name)[1:]}
        # Django takes the columns of a shared parent from the row that is joined from, whose they aren't.
        return replace(back, is_joinable=back.is_joinable and not parents & names)

    def roots(self) -> tuple[str, ...]:
        """Models that lead anywhere."""
        names = [each.name for each in self.entities] + (["Note"] if self.has_notes else [])
        return tuple(name for name in names if self.accessors(name))

    def code(self) -> str:
        """The text of models.py."""
        return HEAD + (NOTE if self.has_notes else "") + "".join(map(_class, self.entities))


HEAD = """import uuid

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class KeptManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(is_kept=True)


class Ranked(models.Model):
    name = models.CharField(max_length=40)
    rank = models.IntegerField(default=0)
    is_kept = models.BooleanField(default=True)

    class Meta:
        abstract = True
"""
NOTE = """

class Note(models.Model):
    name = models.CharField(max_length=40)
    rank = models.IntegerField(default=0)
    is_kept = models.BooleanField(default=True)
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey()
"""
_FIELDS = """    name = models.CharField(max_length=40)
    rank = models.IntegerField(default=0)
    is_kept = models.BooleanField(default=True)
"""
_MANAGERS = {
    "kept": "    objects = KeptManager()\n    everything = models.Manager()\n",
    "rows": "    rows = models.Manager()\n",
}


def _class(entity: Entity) -> str:
    base = entity.parent or ("Ranked" if entity.is_abstract_child else "models.Model")
    body = f"\n\nclass {entity.name}({base}):\n"
    if entity.is_uuid:
        body += "    id = models.UUIDField(primary_key=True, default=uuid.uuid4)\n"
    if base == "models.Model":
        body += _FIELDS
    body += "".join(map(_field, entity.links))
    if entity.is_noted:
        body += '    notes = GenericRelation("Note")\n'
    if entity.manager and not entity.parent:
        body += "\n" + _MANAGERS[entity.manager]
    if entity.ordering:
        body += f'\n    class Meta:\n        ordering = ["{entity.ordering}"]\n'
    return body if not body.endswith(":\n") else f"{body}    pass\n"


def _field(link: Link) -> str:
    parts = ['"self"' if link.is_hidden else f'"{link.target}"']
    if link.kind != "ManyToManyField":
        parts.append("models.CASCADE")
        parts += ["null=True"] if link.is_null else []
    if link.through:
        parts.append(f'through="{link.through}"')
    if link.related_name:
        parts.append(f'related_name="{link.related_name}"')
        if link.kind == "ManyToManyField":
            parts += ["symmetrical=False"] if link.is_null else []
    return f"    {link.name} = models.{link.kind}({', '.join(parts)})\n"


@dataclass
class _Drawing:
    """What is drawn so far, and which names of a model's attributes are taken."""

    draw: st.DrawFn
    entities: list[Entity] = field(default_factory=list)
    taken: dict[str, set[str]] = field(default_factory=dict)  # by the outermost parent

    def family(self, name: str) -> set[str]:
        entity = next((each for each in self.entities if each.name == name), None)
        if entity is not None and entity.parent:
            return self.family(entity.parent)
        return self.taken.setdefault(name, set(_OWN))

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(0, of - 1)) == of - 1

    def entity(self, name: str, *, has_notes: bool) -> None:
        """One more model, with links to those before it, and nullable ones to itself."""
        before = [each.name for each in self.entities if not each.is_through]
        parents = [each.name for each in self.entities if not each.is_through and not each.parent]
        parent = self.draw(st.sampled_from(parents)) if parents and self.chance(6) else ""
        # A child has its parent's managers.
        manager = next((each.manager for each in self.entities if each.name == parent), "")
        entity = Entity(name, parent=parent, manager=manager)
        if parent:
            self.family(parent).add(name.lower())
            self.family(parent).add(f"{parent.lower()}_ptr")
        else:
            entity = replace(
                entity,
                is_uuid=self.chance(4),
                manager=self.draw(st.sampled_from(["", "", "", "kept", "rows"])),
                ordering=self.draw(st.sampled_from(["", "", "name", "-name"])),
                is_abstract_child=self.chance(3),
            )
            entity = replace(entity, is_noted=has_notes and not entity.is_uuid and self.chance(2))
        self.entities.append(entity)
        links: list[Link] = []
        for _ in range(self.draw(st.sampled_from([2, 1, 3] if before else [0, 1]))):
            link = self.link(entity, before)
            links += [link] if link is not None else []
        self.entities[self.entities.index(entity)] = replace(entity, links=tuple(links))

    def link(self, entity: Entity, before: list[str]) -> Link | None:
        """One more field of a model, if it finds names that are free on both sides."""
        own = self.family(entity.name)
        names = [name for name in LINKS if name not in own]
        if not names:
            return None
        name = self.draw(st.sampled_from(names))
        kind = self.draw(st.sampled_from(KINDS))
        target = entity.name if not before or self.chance(5) else self.draw(st.sampled_from(before))
        is_self = target == entity.name
        is_null = kind != "ManyToManyField" and (is_self or self.chance(2))
        link = Link(name, kind, target, is_null=is_null)
        if kind == "ManyToManyField" and is_self:
            link = replace(link, is_hidden=True)
            if self.chance(2):
                link = replace(link, related_name=f"{name}_of", is_hidden=False, is_null=True)
        elif self.chance(2):
            plural = f"{entity.name.lower()}s"
            is_one = kind == "OneToOneField"
            link = replace(link, related_name=f"{name}_{entity.name.lower()}" if is_one else plural)
        there, back = self.family(target), link.back(entity.name)
        own.add(name)
        if not link.is_hidden:
            if {back.attribute, back.query_name} & there:
                own.discard(name)
                return None
            there |= {back.attribute, back.query_name}
        if kind == "ManyToManyField" and not is_self and self.chance(3):
            return self.through(link, entity)
        return link

    def through(self, link: Link, entity: Entity) -> Link:
        """The same by a model of its own."""
        name = f"{entity.name}{link.target}{link.name.title()}"
        one = Link("near", "ForeignKey", entity.name)
        two = Link("far", "ForeignKey", link.target)
        for each in (one, two):
            back = each.back(name)
            there = self.family(each.target)
            if {back.attribute, back.query_name} & there:
                return link
            there |= {back.attribute, back.query_name}
        # Behind both models, in an order in which rows can be made.
        self.entities.append(Entity(name, links=(one, two), is_through=True))
        return replace(link, through=name)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Two to six models, and what stands between them."""
    drawing = _Drawing(draw)
    has_notes = drawing.chance(4)
    for name in NAMES[: draw(st.sampled_from([3, 4, 5, 6, 2]))]:
        drawing.entity(name, has_notes=has_notes)
    return Graph(tuple(drawing.entities), has_notes and any(each.is_noted for each in drawing.entities))
