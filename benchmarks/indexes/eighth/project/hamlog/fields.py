"""Points, periods and squares: what Django doesn't say of PostgreSQL's own types."""

from django.db.models import CharField, Field, FloatField, Func, Lookup, Value


class PointField(Field):
    """PostgreSQL's own point, as text '(x,y)'."""

    def db_type(self, connection):
        return "point"


@PointField.register_lookup
class Inside(Lookup):
    lookup_name = "inside"
    prepare_rhs = False

    def get_db_prep_lookup(self, value, connection):
        (west, south), (east, north) = value
        return "%s::box", [f"(({east},{north}),({west},{south}))"]

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} <@ {right}", [*left_params, *right_params]


class DistanceTo(Func):
    """In degrees: good enough to put the nearest first."""

    template = "(%(expressions)s)"
    arg_joiner = " <-> "
    output_field = FloatField()

    def __init__(self, column, longitude, latitude):
        there = Func(
            Value(f"({longitude},{latitude})"),
            template="%(expressions)s::point",
            output_field=PointField(),
        )
        super().__init__(column, there)


class Square(Func):
    """The first four of a Maidenhead locator, which is typed in any case."""

    template = "UPPER(LEFT(%(expressions)s, 4))"
    output_field = CharField()
