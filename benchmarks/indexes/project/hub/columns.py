"""Column types and lookups of PostgreSQL that Django has none for."""

from django.db import models
from django.db.models import Func, Lookup


class CITextField(models.TextField):
    """Text whose case doesn't matter (extension citext)."""

    def db_type(self, connection):
        return "citext"


class LTreeField(models.TextField):
    """A path of labels (extension ltree)."""

    def db_type(self, connection):
        return "ltree"


class PointField(models.Field):
    """A point of the plane, as text `(x,y)`."""

    def db_type(self, connection):
        return "point"


class BoxField(models.Field):
    """A rectangle, as text `(x,y),(x,y)`."""

    def db_type(self, connection):
        return "box"


class VectorField(models.Field):
    """A vector of sixteen numbers, as text `[…]` (extension vector)."""

    def db_type(self, connection):
        return "vector(16)"


class _Operator(Lookup):
    operator = ""
    cast = ""

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} {self.operator} {right}{self.cast}", [*left_params, *right_params]

    def get_prep_lookup(self):
        return str(self.rhs)


@LTreeField.register_lookup
class Under(_Operator):
    lookup_name = "under"
    operator = "<@"
    cast = "::ltree"


@LTreeField.register_lookup
class Matches(_Operator):
    lookup_name = "matches"
    operator = "~"
    cast = "::lquery"


@PointField.register_lookup
class Within(_Operator):
    lookup_name = "within"
    operator = "<@"
    cast = "::box"


@BoxField.register_lookup
class Covers(_Operator):
    lookup_name = "covers"
    operator = "@>"
    cast = "::point"


@BoxField.register_lookup
class Meets(_Operator):
    lookup_name = "meets"
    operator = "&&"
    cast = "::box"


@models.GenericIPAddressField.register_lookup
class InNetwork(_Operator):
    lookup_name = "in_network"
    operator = "<<="
    cast = "::inet"


class Distance(Func):
    """How far a point, or a vector, is from another one."""

    template = "%(expressions)s"
    arg_joiner = " <-> "
    output_field = models.FloatField()

    def __init__(self, column, other, *, kind):
        super().__init__(column, models.expressions.Value(other, output_field=kind()))


class Soundex(Func):
    """How a name sounds in English (extension fuzzystrmatch)."""

    function = "soundex"
    output_field = models.TextField()


__all__ = ["BoxField", "CITextField", "Distance", "LTreeField", "PointField", "Soundex", "VectorField"]
