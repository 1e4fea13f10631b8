"""Pages of the reading room, as classes."""

from django.db.models import Q

from press.models import Article, Issue


class Archive:
    model = Article
    per_page = 20
    ordering = ("-published_on",)

    def __init__(self, **query):
        self.query = query

    def get_queryset(self):
        return self.model.objects.order_by(*self.ordering)

    def get(self):
        return list(self.get_queryset()[: self.per_page])


class SectionArchive(Archive):
    """A section's latest, from a day backwards."""

    def get_queryset(self):
        found = super().get_queryset().in_section(*self.query["sections"]).readable()
        if until := self.query.get("until"):
            found = found.filter(published_on__lte=until)
        if languages := self.query.get("languages"):
            found = found.filter(language__in=languages)
        return found


class Calendar(Archive):
    model = Issue
    ordering = ("published_on", "edition")
    per_page = 400

    def get_queryset(self):
        year = self.query["year"]
        return super().get_queryset().filter(paper=self.query["paper"], published_on__year=year)


class Writers(Archive):
    def get_queryset(self):
        wanted = Q()
        for start in self.query["starts"]:
            wanted |= Q(byline__istartswith=start)
        return super().get_queryset().filter(wanted, withdrawn_at__isnull=True)
