"""Points and squares: what Django doesn't say."""

from django.db.models import CharField, Field, Func


class PointField(Field):
    """PostgreSQL's own point, as text '(x,y)'."""

    def db_type(self, connection):
        return "point"


class Square(Func):
    """The first four of a Maidenhead locator, which is typed in any case."""

    template = "UPPER(LEFT(%(expressions)s, 4))"
    output_field = CharField()
