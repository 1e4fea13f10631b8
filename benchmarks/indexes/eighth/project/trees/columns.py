"""Columns of types that Django has no field for."""

from django.db.models import CharField, Field, FloatField, Func, Lookup, Value


class PathField(Field):
    """A path of labels: ltree."""

    def db_type(self, connection):
        return "ltree"


@PathField.register_lookup
class Below(Lookup):
    """The path itself or one under it."""

    lookup_name = "below"

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} <@ {right}::ltree", [*left_params, *right_params]


class PlaceField(Field):
    def db_type(self, connection):
        return "point"


@PlaceField.register_lookup
class InBox(Lookup):
    lookup_name = "in_box"

    def get_db_prep_lookup(self, value, connection):
        return "%s", [f"({value[2]},{value[3]}),({value[0]},{value[1]})"]

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} <@ {right}::box", [*left_params, *right_params]


class MailField(CharField):
    """An address, of which the case doesn't matter: citext."""

    def db_type(self, connection):
        return "citext"


class Away(Func):
    """In degrees: good enough to put the nearest first."""

    template = "(%(expressions)s)"
    arg_joiner = " <-> "
    output_field = FloatField()

    def __init__(self, column, longitude, latitude):
        there = Func(
            Value(f"({longitude},{latitude})"),
            template="%(expressions)s::point",
            output_field=PlaceField(),
        )
        super().__init__(column, there)
