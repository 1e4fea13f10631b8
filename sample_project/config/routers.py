"""Sends reads of the reporting tables to the second database."""

REPORTING_MODELS = {"orders.dailysales"}


class ReportsRouter:
    """`reports` is a replica of `default`: read only, and never migrated."""

    def db_for_read(self, model, **hints):
        return "reports" if model._meta.label_lower in REPORTING_MODELS else None

    def db_for_write(self, model, **hints):
        return "default"

    def allow_relation(self, first, second, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"
