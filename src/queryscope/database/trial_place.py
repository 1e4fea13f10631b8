"""What a database allows: whether an index may be built here for a moment, or a temporary table made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Event triggers see CREATE TABLE and CREATE INDEX, and may do anything. Their setting came with PG 17.
PLACE = """
    SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
           coalesce(current_setting('event_triggers', true), 'on') = 'on' AND EXISTS (
               SELECT FROM pg_event_trigger
               WHERE evtenabled <> 'D' AND evtevent IN ('ddl_command_start', 'ddl_command_end')
                   AND (evttags IS NULL
                        OR evttags::text[] && ARRAY['CREATE TABLE', 'CREATE INDEX', 'CREATE EXTENSION'])
           ),
           has_database_privilege(current_database(), 'TEMPORARY'),
           ARRAY(SELECT extname::text FROM pg_extension),
           coalesce((SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                     WHERE e.extname = 'hypopg'), '')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database as this role and this transaction see it."""

    is_standby: bool
    is_read_only: bool
    has_event_triggers: bool
    may_make_temporary: bool
    extensions: frozenset[str]
    hypopg_schema: str  # "" where HypoPG is not installed

    def objection_to_building(self) -> str:
        """Why no index can be built here; "" if nothing speaks against it."""
        if self.is_standby:
            return "the server is a hot standby"
        if self.is_read_only:
            return "the transaction is read-only"
        if self.has_event_triggers:
            return "event triggers of this database would see the index being built"
        return ""

    def objection_to_copying(self) -> str:
        """Why no temporary table can be made here; "" if nothing speaks against it."""
        if not self.may_make_temporary:
            return "the role may not make temporary tables (TEMPORARY on the database)"
        return self.objection_to_building()


def read_place(cursor: Any) -> Place:
    """What holds on this connection now."""
    cursor.execute(PLACE)
    is_standby, is_read_only, has_event_triggers, may_make_temporary, extensions, schema = cursor.fetchone()
    return Place(
        is_standby=is_standby,
        is_read_only=is_read_only,
        has_event_triggers=has_event_triggers,
        may_make_temporary=may_make_temporary,
        extensions=frozenset(extensions),
        hypopg_schema=schema,
    )
