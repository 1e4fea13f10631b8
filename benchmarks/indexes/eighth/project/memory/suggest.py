"""What a translator is offered for the sentence in front of them."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import F
from django.db.models.functions import MD5, Lower
from pgvector.django import CosineDistance

from memory.models import Sense, Term, Unit


class Suggestions:
    def __init__(self, source, target, client=None):
        self.units = Unit.objects.into(source, target).usable()
        self.target = target
        self.client = client

    def same(self, digest):
        """The very sentence, by its digest: sentences may be longer than an index takes."""
        found = self.units.annotate(digest=MD5("source")).filter(digest=digest)
        return list(found.order_by("-quality").values_list("target", "quality"))

    def spelt_like(self, word):
        found = Term.objects.filter(language=self.target, lemma__trigram_similar=word)
        return list(found.annotate(near=TrigramSimilarity("lemma", word)).order_by("-near")[:8])

    def like_meaning(self, place):
        near = Sense.objects.annotate(far=CosineDistance("place", place)).order_by("far")
        return list(near.values_list("unit_id", "far")[:5])

    def concordance(self, text):
        found = self.units
        if self.client:
            found = found.for_client(self.client)
        return list(found.filter(target__icontains=text).values_list("source", "target")[:50])

    def terms(self, words):
        found = Term.objects.annotate(low=Lower("lemma")).filter(low__in=words, language=self.target)
        return [(one.lemma, one.concept) for one in found.order_by("lemma")]


def never_used_first(units):
    return units.order_by(F("used_at").asc(nulls_first=True))
