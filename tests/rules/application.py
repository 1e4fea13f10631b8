"""A small application and what the rules that judge relations tell of it: before its edits, and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from queryscope.model import Finding
from tests.rules.project import Project, Ran

# Times and repeats are others' matter.
RULES = ("n-plus-one", "one-query-per-instance-prefetch", "tree-walk", "latent-n-plus-one")
# The sample project's models read relations too.
PACKAGES = ("bookings", "catalog", "orders", "reviews", "staff")

PRELUDE = """from itertools import groupby

from django.db.models import Prefetch, prefetch_related_objects

from bookings.models import Booking, Building, Room
from catalog.models import Brand, Category, Collection, Company, Product, Stock, Tag, Warranty
from orders.models import Address, Customer, Order, OrderLine, Payment, Refund
from reviews.models import Comment, Review, Vote
from staff.models import Employee, Manager, Person


"""


class Application(Project):
    """Its views and templates, run as often as it is asked to."""

    ran: Ran

    def __init__(self, folder: Path, views: str, **templates: str) -> None:
        pages = {f"{name}_html": text for name, text in templates.items()}
        super().__init__(folder, head="" if views.startswith("from ") else PRELUDE, **pages)
        self.text = views if views.startswith("from ") else PRELUDE + views

    def tried(self, *calls: str) -> Application:
        """Run functions of the application, each as a unit of work of its own."""
        self.ran = self.run_each(*(calls or ("f()",)), packages=PACKAGES).limited(RULES)
        return self

    @property
    def result(self) -> Any:
        return self.ran.result

    @property
    def queries(self) -> int:
        return self.ran.queries

    @property
    def only(self) -> Finding:
        """The only finding."""
        return self.ran.only()

    @property
    def told(self) -> list[tuple[str, tuple[str, ...]]]:
        """Rules and relations of the findings."""
        return [(finding.rule, finding.relations) for finding in self.ran.findings]

    def at_line(self, finding: Finding) -> str:
        """The line that a finding speaks of."""
        assert finding.location is not None
        return self.read(finding.location.path).splitlines()[finding.location.line - 1].strip()

    def cure(self, *calls: str) -> Application:
        """Make every edit that was proposed, and run again."""
        self.apply(*self.ran.findings)
        return self.tried(*calls)
