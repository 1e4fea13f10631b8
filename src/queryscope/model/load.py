"""What a query loaded, and what of it was read."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.model.query import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The instances that the queries of one group loaded under one select_related path.

    What is read by anybody but Django's own loading counts as read. When an instance escaped (was pickled,
    copied, saved, its `__dict__` taken …), everything does.
    """

    group: int  # QueryGroup.index
    path: str  # select_related path from the group's model; "" for its own rows
    model: str  # label of the instances' model
    instances: int
    columns: tuple[str, ...] = ()  # attnames that were loaded, not deferred, in the model's order
    column_bytes: tuple[int, ...] = ()  # of text, bytes and JSON in the first instance, about; 0 for others
    columns_read: tuple[str, ...] = ()
    columns_needed: tuple[str, ...] = ()  # read by Django's loading only: a prefetch, a related manager
    annotations: tuple[str, ...] = ()
    annotations_read: tuple[str, ...] = ()
    select_related: tuple[str, ...] = ()  # relations that were joined: the next step of the path
    prefetch_related: tuple[str, ...] = ()  # accessors and `to_attr`s that a prefetch filled
    relations_read: tuple[str, ...] = ()  # of both
    # Functions of the project that read something of it first, themselves or through a library; `line` is
    # where they begin.
    readers: tuple[Frame, ...] = ()
    is_escaped: bool = False
