"""What Django has no lookup for."""

from django.db.models import GenericIPAddressField, Lookup


@GenericIPAddressField.register_lookup
class InNetwork(Lookup):
    """An address in a network, as PostgreSQL compares them."""

    lookup_name = "in_network"

    def get_prep_lookup(self):
        return str(self.rhs)

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} <<= {right}::inet", [*left_params, *right_params]


__all__ = ["InNetwork"]
