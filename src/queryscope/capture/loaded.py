"""What the instances of one load brought with them, and what of it nobody has read yet."""

from __future__ import annotations

from itertools import count
from threading import RLock
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

from queryscope.capture.machinery import asking, machinery, refreshing
from queryscope.capture.project import Project

_PREFETCHED = "_prefetched_objects_cache"
# Who asks an instance for one of these may read anything, out of our sight.
ESCAPING = frozenset(
    {
        "__copy__", "__deepcopy__", "__dict__", "__getstate__", "__reduce__", "__reduce_ex__", _PREFETCHED,
        "arefresh_from_db", "fields_cache", "asave", "refresh_from_db", "save", "save_base",
    }
)  # fmt: skip

# name → loads in which it is unread. Where there are none left, instances aren't looked at any more.
WATCHED: dict[str, int] = {}
LOCK = RLock()  # threads share loads; a finalizer may read an instance while it is held

_ANYWHERE = Project("")  # whose code is all that is no library's
_FAR = 100  # frames from a reader to the code that is no library's

_relations: WeakKeyDictionary[type, frozenset[str]] = WeakKeyDictionary()


class Loaded:
    """Of the instances that one group loaded under one `select_related` path. Names only."""

    __slots__ = (
        "_looks", "accessors", "annotations", "columns", "instances", "is_closed", "is_escaped", "joined",
        "label", "needed", "prefetched", "readers", "sizes", "unread",
    )  # fmt: skip

    def __init__(self, model: Any, columns: tuple[str, ...], annotations: tuple[str, ...]) -> None:
        self.label: str = model._meta.label
        self.columns = columns
        self.sizes: tuple[int, ...] = ()  # of their values in the first instance
        self.annotations = annotations
        self.accessors = relations_of(model)
        self.joined: dict[str, str] = {}  # accessor → name for select_related
        self.prefetched: dict[str, None] = {}  # accessors and `to_attr`s, in order
        # Columns that Django asked for, to load and link something. The rest tells nothing when Django asks.
        self.needed: set[str] = {*self.accessors, *annotations, *ESCAPING}
        # By its id: a code that read, and the nearest around it that is no library's.
        self.readers: dict[int, tuple[CodeType, CodeType | None]] = {}
        self.instances = count()  # counts in one step, whichever thread asks
        self._looks = 0  # steps of `count_instances`, which are no instances
        self.is_escaped = not is_created_plainly(model)
        self.is_closed = self.is_escaped
        self.unread: set[str] = set()
        if not self.is_escaped:
            self.watch({*columns, *annotations, *self.accessors, *ESCAPING})

    def count_instances(self) -> int:
        """How many there were so far."""
        with LOCK:
            found = next(self.instances) - self._looks
            self._looks += 1
        return found

    def watch(self, names: set[str]) -> None:
        """From now on, see whether these are read."""
        with LOCK:
            if self.is_closed:
                return
            for name in names - self.unread:
                self.unread.add(name)
                WATCHED[name] = WATCHED.get(name, 0) + 1

    def read(self, name: str) -> None:
        """That name has been read."""
        with LOCK:
            if name in self.unread and not self.is_closed:
                self.unread.remove(name)
                _forget(name)

    def escape(self) -> None:
        """An instance got where reads can't be seen: everything may have been read."""
        with LOCK:
            if self.is_closed:
                return
            self.close()
            self.is_escaped = True
            self.unread = set()

    def close(self) -> None:
        """Watch no more; what is unread stays so."""
        with LOCK:
            if self.is_closed:
                return
            self.is_closed = True
            for name in self.unread:
                _forget(name)

    def add_prefetched(self, name: str) -> None:
        """A prefetch put something under that accessor or `to_attr`."""
        if name in self.prefetched:
            return
        self.prefetched[name] = None
        # Accessors are watched from the start; another name is a `to_attr`.
        if name not in self.accessors and name not in self.annotations:
            self.watch({name})


def note_read(loaded: Loaded, name: str, frame: FrameType | None) -> None:
    """An unread name was asked for by that frame."""
    frame = asking(frame)
    reader = 0 if frame is None else id(frame.f_code)
    if reader in machinery():
        loaded.needed.add(name)
    elif name not in ESCAPING:
        loaded.read(name)
        if frame is not None and reader not in loaded.readers:
            loaded.readers[reader] = (frame.f_code, _code_around(frame))
    elif name != _PREFETCHED or reader not in refreshing():
        loaded.escape()


def _code_around(frame: FrameType | None) -> CodeType | None:
    for _ in range(_FAR):
        if frame is None or _ANYWHERE.is_application(frame.f_code.co_filename):
            break
        frame = frame.f_back
    return None if frame is None else frame.f_code


def _forget(name: str) -> None:
    left = WATCHED.get(name, 0) - 1
    if left > 0:
        WATCHED[name] = left
    else:
        WATCHED.pop(name, None)


def relations_of(model: Any) -> frozenset[str]:
    """The attributes by which an instance of a model gives related ones."""
    found = _relations.get(model)
    if found is None:
        fields = [field for field in model._meta.get_fields() if field.is_relation]
        # A relation from another model has an accessor, unless that model wants none.
        names = [getattr(field, "accessor_name", field.name) for field in fields]
        found = _relations[model] = frozenset(str(name) for name in names if name)
    return found


def is_created_plainly(model: Any) -> bool:
    """Whether nothing but Django's own code sees an instance before it is marked, or hides its reads."""
    from django.db.models import Model
    from django.db.models.signals import post_init, pre_init

    return (
        _is_djangos(model.__init__)
        and _is_djangos(model.from_db)
        and model.__new__ is object.__new__
        and model.__setattr__ is object.__setattr__
        and model.__getattribute__ is Model.__getattribute__
        and not pre_init.has_listeners(model)
        and not post_init.has_listeners(model)
        and not any(_is_set_by_others(model, field.attname) for field in model._meta.concrete_fields)
    )


def _is_djangos(method: Any) -> bool:
    function = getattr(method, "__func__", method)
    return str(getattr(function, "__globals__", {}).get("__name__", "")) == "django.db.models.base"


def _is_set_by_others(model: type, name: str) -> bool:
    """Whether a library's descriptor takes the value of a column: it may read the others."""
    found = next((vars(each)[name] for each in model.__mro__ if name in vars(each)), None)
    kind = type(found)
    return hasattr(kind, "__set__") and not kind.__module__.startswith("django.")
