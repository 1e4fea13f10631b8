"""What the application's interface gives out, written by hand."""

from django.db.models import Count, Q

from podcasts.models import Episode, Play


class Serializer:
    fields = ()

    def __init__(self, instance):
        self.instance = instance

    @property
    def data(self):
        return [{name: self.value(one, name) for name in self.fields} for one in self.instance]

    def value(self, one, name):
        method = getattr(self, f"get_{name}", None)
        return method(one) if method else getattr(one, name)


class EpisodeSerializer(Serializer):
    fields = ("guid", "title", "number", "heard", "finished")

    def __init__(self, show):
        found = Episode.objects.filter(show=show, state=Episode.State.PUBLISHED).order_by("-number", "-pk")
        super().__init__(list(found[:20]))
        plays = Play.objects.filter(episode__in=[one.pk for one in self.instance]).values("episode")
        counts = plays.annotate(heard=Count("pk"), finished=Count("pk", filter=Q(finished=True)))
        self.counts = {one.pop("episode"): one for one in counts}

    def get_heard(self, one):
        return self.counts.get(one.pk, {}).get("heard", 0)

    def get_finished(self, one):
        return self.counts.get(one.pk, {}).get("finished", 0)
