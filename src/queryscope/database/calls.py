"""What a statement calls, as far as the catalog tells: by name, and in views, policies, operators, bodies.

A plan shows most of it, but no VALUES lists, no LIMIT, no bounds of window frames and no checks of domains;
and what is called by a function that is not inlined stands only in its body. So all texts are followed, and
names are looked up in every schema: a namesake costs a plan its times, never the data its safety.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from queryscope.database.allowlist import called_functions, identifiers
from queryscope.database.lexing import code_of

DEEPEST = 12  # bodies within bodies
MOST_NAMES = 5_000

# Volatile only in what they return: running them again changes nothing that lasts.
HARMLESS = frozenset(
    {
        "clock_timestamp",
        "gen_random_uuid",
        "random",
        "random_normal",
        "timeofday",
        "uuid_generate_v1",
        "uuid_generate_v4",
        "uuidv4",
        "uuidv7",
    }
)
# Not declared volatile, but they run a text or a view that no one here reads, or use up a transaction id.
_TELLING_LESS = frozenset(
    {
        "connectby",
        "connectby_text",
        "connectby_text_serial",
        "crosstab",
        "crosstab_hash",
        "database_to_xml",
        "database_to_xml_and_xmlschema",
        "pg_current_xact_id",
        "schema_to_xml",
        "schema_to_xml_and_xmlschema",
        "table_to_xml",
        "table_to_xml_and_xmlschema",
        "txid_current",
        "xpath_table",
    }
)
# Operators that SQL has words for: IN, BETWEEN, DISTINCT, NULLIF, LIKE, SIMILAR TO.
_WORDED = frozenset(["=", "<>", "<", "<=", ">", ">=", "~", "!~", "~*", "!~*", "~~", "!~~", "~~*", "!~~*"])
_READ_LANGUAGES = frozenset({"sql", "plpgsql"})
_TRUSTED_LANGUAGES = frozenset({"internal", "c"})  # only superusers write such, and declare them

# 16384 is the first OID that is not PostgreSQL's own. An aggregate is as volatile as what it is made of.
FUNCTIONS = """
    SELECT proc.proname::text,
           proc.provolatile = 'v' AND proc.prorettype <> 'pg_catalog.tsm_handler'::regtype,
           proc.oid < 16384 OR EXISTS (
               SELECT FROM pg_catalog.pg_depend AS member
               WHERE member.classid = 'pg_catalog.pg_proc'::regclass AND member.objid = proc.oid
                   AND member.deptype = 'e'
           ),
           lang.lanname::text, proc.prosrc, proc.oid >= 16384,
           CASE WHEN proc.oid >= 16384 THEN concat_ws(
               ' ; ', pg_catalog.pg_get_function_sqlbody(proc.oid),
               pg_catalog.pg_get_function_arguments(proc.oid), pg_catalog.pg_get_function_result(proc.oid)
           ) END,
           ARRAY(
               SELECT part.proname::text
               FROM pg_catalog.pg_aggregate AS agg
               JOIN pg_catalog.pg_proc AS part ON part.oid IN (
                   agg.aggtransfn, agg.aggfinalfn, agg.aggcombinefn, agg.aggserialfn, agg.aggdeserialfn,
                   agg.aggmtransfn, agg.aggminvtransfn, agg.aggmfinalfn
               )
               WHERE agg.aggfnoid = proc.oid
           )
    FROM pg_catalog.pg_proc AS proc
    JOIN pg_catalog.pg_language AS lang ON lang.oid = proc.prolang
    WHERE proc.prokind <> 'p' AND proc.prorettype <> 'pg_catalog.trigger'::regtype
        AND (
            proc.proname = ANY(%s)
            OR proc.proname = ANY(%s) AND proc.pronargs = 1 AND EXISTS (
                SELECT FROM pg_catalog.pg_type AS argument
                WHERE argument.oid = proc.proargtypes[0] AND argument.typtype IN ('c', 'p')
            )
        )
    ORDER BY proc.proname
"""

VIEWS_AND_POLICIES = """
    SELECT pg_catalog.pg_get_viewdef(rel.oid)
    FROM pg_catalog.pg_class AS rel
    WHERE rel.relkind = 'v' AND rel.relname = ANY(%s)
    UNION ALL
    SELECT pg_catalog.pg_get_expr(policy.polqual, policy.polrelid)
    FROM pg_catalog.pg_policy AS policy
    JOIN pg_catalog.pg_class AS rel ON rel.oid = policy.polrelid
    WHERE rel.relname = ANY(%s) AND policy.polqual IS NOT NULL
"""

# What calls functions that no text names: operators by their symbol, domains and what is made of them by the
# name of the type, casts and operator classes by nothing at all.
# Functions in C that return `internal` are left out: no query can call them. They hand an access method the
# functions of a type, and those of pgvector are declared volatile.
UNNAMED = """
    WITH RECURSIVE checked (type, definition) AS (
        SELECT con.contypid, pg_catalog.pg_get_constraintdef(con.oid)
        FROM pg_catalog.pg_constraint AS con
        WHERE con.contypid <> 0 AND con.oid >= 16384
        UNION
        SELECT held.type, checked.definition
        FROM checked
        CROSS JOIN LATERAL (
            SELECT typ.oid AS type FROM pg_catalog.pg_type AS typ
            WHERE checked.type IN (typ.typbasetype, typ.typelem)
            UNION ALL
            SELECT rel.reltype FROM pg_catalog.pg_attribute AS att
            JOIN pg_catalog.pg_class AS rel ON rel.oid = att.attrelid
            WHERE att.atttypid = checked.type AND rel.reltype <> 0
        ) AS held
    )
    SELECT 'operator', oper.oprname::text, proc.proname::text
    FROM pg_catalog.pg_operator AS oper
    JOIN pg_catalog.pg_proc AS proc ON proc.oid = oper.oprcode
    JOIN pg_catalog.pg_language AS lang ON lang.oid = proc.prolang
    WHERE oper.oid >= 16384 AND (proc.provolatile = 'v' OR lang.lanname NOT IN ('internal', 'c'))
    UNION ALL
    SELECT 'anywhere', '', proc.proname::text
    FROM pg_catalog.pg_proc AS proc
    JOIN pg_catalog.pg_language AS lang ON lang.oid = proc.prolang
    WHERE (proc.provolatile = 'v' OR lang.lanname NOT IN ('internal', 'c'))
        AND NOT (proc.prorettype = 'pg_catalog.internal'::regtype AND lang.lanname = 'c')
        AND (
            proc.oid IN (SELECT castfunc FROM pg_catalog.pg_cast WHERE oid >= 16384)
            OR proc.oid IN (SELECT amproc FROM pg_catalog.pg_amproc WHERE oid >= 16384)
        )
    UNION ALL
    SELECT 'domain', typ.typname::text, checked.definition
    FROM checked JOIN pg_catalog.pg_type AS typ ON typ.oid = checked.type
"""


@dataclass(slots=True, kw_only=True)
class Calls:
    """What was looked up so far for one statement, and what speaks against running it.

    `follow` it before it is planned: planning runs functions that aren't declared volatile.
    """

    cursor: Any
    objection: str = ""  # why it must not be run a second time
    lie: str = ""  # a function that isn't declared volatile and calls one that is
    _unnamed: Sequence[tuple[str, str, str]] | None = None
    _functions: set[str] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)
    _checks: set[str] = field(default_factory=set)
    _known: set[str] = field(default_factory=set)

    def follow(self, texts: Sequence[str], certain: frozenset[str] = frozenset()) -> None:
        """Look up what these texts call, and what is behind it; the `certain` functions must be known."""
        waiting = [(text, "") for text in texts]
        for _ in range(DEEPEST):
            if not waiting:
                break
            waiting = self._step(waiting)
        if waiting:
            self._object("it calls more than can be followed")
        unknown = sorted(certain - self._known)
        if unknown:
            self._object(f"{unknown[0]}() is not known")

    def _object(self, reason: str, within: str = "") -> None:
        self.objection = self.objection or reason
        if within:
            self.lie = self.lie or f"{within}() isn't declared volatile, but {reason}"

    def _step(self, waiting: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Look up one layer of texts, each with the function whose body it is; return the next layer."""
        inside: dict[str, str] = {}
        names: set[str] = set()
        dotted: dict[str, str] = {}
        checks: list[tuple[str, str]] = []
        for text, within in waiting:
            code = code_of(text)
            if code is None:
                self._object("what it calls could not be read")
                continue
            unseen, definitions = self._unseen(code)
            checks += [(each, within) for each in definitions if each not in self._checks]
            self._checks.update(definitions)
            for name in [*called_functions(code), *unseen]:
                inside[name] = inside.get(name) or within
            for name, is_dotted in identifiers(code):
                names.add(name)
                if is_dotted:
                    dotted[name] = dotted.get(name) or within
        inside = {name: within for name, within in inside.items() if within or name not in self._functions}
        further = [*checks, *self._look_up(inside, dotted)]
        names -= self._names
        self._names |= names
        if len(self._names) > MOST_NAMES:
            self._object("it names more than can be looked up")
            return []
        if names:
            self.cursor.execute(VIEWS_AND_POLICIES, [sorted(names), sorted(names)])
            further += [(text, "") for (text,) in self.cursor.fetchall() if text]
        return further

    def _look_up(self, called: dict[str, str], dotted: dict[str, str]) -> list[tuple[str, str]]:
        texts: list[tuple[str, str]] = []
        if not called and not dotted:
            return texts
        self.cursor.execute(FUNCTIONS, [sorted(called), sorted(dotted)])
        for row in self.cursor.fetchall():
            name = row[0]
            self._known.add(name)
            is_new = name not in self._functions
            reason = _objection(row)
            if reason:
                is_volatile = row[1]
                self._object(reason, (called.get(name) or dotted.get(name, "")) if is_volatile else "")
            elif is_new:
                texts += [(text, name) for text in _behind(row)]
        self._functions.update(called)
        return texts

    def _unseen(self, code: str) -> tuple[set[str], set[str]]:
        """Functions of operators and casts that this code may use, and the checks of its domains."""
        if self._unnamed is None:
            self.cursor.execute(UNNAMED)
            self._unnamed = self.cursor.fetchall()
        called: set[str] = set()
        checks: set[str] = set()
        words = {name for name, _ in identifiers(code)} if self._unnamed else set()
        for kind, what, behind in self._unnamed:
            if kind == "domain":
                if what in words:
                    checks.add(behind)
            elif kind == "anywhere" or what in _WORDED or what in code:
                called.add(behind)
        return called, checks


def _objection(row: Sequence[Any]) -> str:
    name, is_volatile, is_given, language, source, *_ = row
    if is_volatile and not (is_given and name in HARMLESS):
        return f"{name}() may change something"
    if name in _TELLING_LESS or (language == "c" and source in _TELLING_LESS):
        return f"what {name}() does depends on what it is given"
    if language not in _READ_LANGUAGES | _TRUSTED_LANGUAGES:
        return f"what {name}() does is not known: its language is {language}"
    body = code_of(source) if language in _READ_LANGUAGES else ""
    if body is None:
        return f"the body of {name}() could not be read"
    if language == "plpgsql" and any(word == "execute" for word, _ in identifiers(body)):
        return f"what {name}() does is not known: it makes statements as it runs"
    return ""


def _behind(row: Sequence[Any]) -> list[str]:
    """Texts in which the function calls others."""
    _, _, _, language, source, is_own, further, parts = row
    texts = [f'"{part.replace(chr(34), chr(34) * 2)}"()' for part in parts]
    if is_own:
        texts.append(further)
    if is_own and language in _READ_LANGUAGES:
        texts.append(source)
    elif is_own and language == "internal":
        texts.append(f"{source}()")
    return texts
