"""What the pages of the library of sounds ask of the database."""

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Length
from hub.columns import Distance, PointField, VectorField

from sounds.models import Favourite, Fingerprint, Listener, Recording, Taxon


def tagged(tag):
    return list(Recording.objects.filter(tags__contains=[tag]))


def tagged_any(first, second):
    return list(Recording.objects.filter(tags__overlap=[first, second]).order_by("-plays")[:20])


def made_with(serial):
    return list(Recording.objects.filter(meta__contains={"device": {"serial": serial}}))


def made_with_key(serial):
    return list(Recording.objects.filter(meta__device__serial=serial))


def clipped():
    return list(Recording.objects.filter(meta__has_key="clipped"))


def high_rate():
    return list(Recording.objects.filter(meta__rate__gte=192000, plays__gt=900000))


def search(words):
    return list(Recording.objects.filter(search=SearchQuery(words, config="english"))[:50])


def search_titles(words):
    vector = SearchVector("title", config="simple")
    return list(Recording.objects.annotate(found=vector).filter(found=SearchQuery(words, config="simple")))


def by_checksum(checksum):
    return list(Recording.objects.filter(checksum=checksum))


def by_slug(slug):
    return Recording.objects.filter(slug=slug).first()


def title_contains(text):
    return list(Recording.objects.filter(title__icontains=text))


def title_pattern():
    return list(Recording.objects.filter(title__regex=r"^Woodcock .*theremin"))


def title_like(text):
    return list(Recording.objects.filter(title__trigram_similar=text))


def described(text):
    return list(Recording.objects.filter(description__contains=text))


def within(box):
    return list(Recording.objects.filter(spot__within=box))


def nearest(spot):
    far = Distance("spot", spot, kind=PointField)
    return list(Recording.objects.annotate(far=far).order_by("far")[:10])


def sounds_like(vector):
    far = Distance("embedding", vector, kind=VectorField)
    return list(Fingerprint.objects.annotate(far=far).order_by("far")[:10])


def descendants(path):
    return list(Taxon.objects.filter(path__under=path))


def taxa_matching(query):
    return list(Taxon.objects.filter(path__matches=query))


def fans_of(recording):
    return list(Listener.objects.filter(favourites=recording))


def archive_top():
    return list(Recording.objects.filter(license="archive").order_by("-plays")[:20])


def uploads(listener):
    published = Recording.objects.filter(uploader_id=listener, published_at__isnull=False)
    return list(published.order_by("-published_at")[:20])


def longest_than(seconds):
    return list(Recording.objects.filter(duration_s__gte=seconds).order_by("-duration_s"))


def by_checksum_or_slug(checksum, slug):
    return list(Recording.objects.filter(Q(checksum=checksum) | Q(slug=slug)))


def by_handle(handle):
    return Listener.objects.filter(handle=handle).first()


def many_tags():
    return list(Recording.objects.filter(tags__len=9))


def most_played():
    return list(Recording.objects.order_by("-plays", "id")[:25].values_list("id", "title", "plays"))


def average_ratings(recording):
    return list(
        Favourite.objects.filter(recording_id=recording, rating__isnull=False)
        .values("rating")
        .annotate(count=Count("id"))
    )


def latest_favourites():
    return list(Favourite.objects.select_related("recording").order_by("-added_at")[:20])


def newest_published():
    return list(Recording.objects.order_by(F("published_at").desc(nulls_last=True))[:12])


def stereo_with(tag):
    return list(Recording.objects.filter(tags__contains=["stereo", tag]))


def long_titles(size):
    return list(Recording.objects.annotate(size=Length("title")).filter(size__gte=size))


def first_tag(tag):
    return list(Recording.objects.filter(tags__0=tag))


def device_is(serial):
    return list(Recording.objects.filter(meta__device__contains={"serial": serial}))


def serials_like(prefix):
    return list(Recording.objects.filter(meta__device__serial__startswith=prefix))


def fans_of_uploader(listener):
    return list(
        Favourite.objects.filter(recording__uploader_id=listener).values_list("listener_id", "added_at")
    )


def uploads_with_fans(listener):
    return list(Recording.objects.filter(uploader_id=listener).annotate(count=Count("fans")))


def ranked_search(words):
    query = SearchQuery(words, config="english")
    found = Recording.objects.filter(search=query).annotate(rank=SearchRank(F("search"), query))
    return list(found.order_by("-rank")[:10])


def drop_recording(recording):
    """Try what deleting a recording takes along."""
    with transaction.atomic():
        Favourite.objects.filter(recording_id=recording).delete()
        transaction.set_rollback(True)


# What no index should be advised for.


def by_licence():
    return Recording.objects.filter(license="cc-by").aggregate(
        tracks=Count("id"), makers=Count("uploader_id", distinct=True)
    )


def title_has_letters():
    return len(list(Recording.objects.filter(title__icontains="or").values_list("id")))


def without_accents(title):
    return list(Recording.objects.filter(title__unaccent=title))


def stereo():
    return len(list(Recording.objects.filter(tags__contains=["stereo"]).values_list("id", "title")))


def common_word():
    return len(
        list(Recording.objects.filter(search=SearchQuery("near", config="simple")).values_list("id", "title"))
    )


def titles_by_plays():
    return len(list(Recording.objects.order_by("-plays").values_list("id", "title", "description")))


def search_without_config(words):
    return list(Recording.objects.annotate(found=SearchVector("title")).filter(found=SearchQuery(words)))


def favourite_of(listener, recording):
    return Favourite.objects.filter(listener_id=listener, recording_id=recording).exists()


def uploads_of(listener):
    return list(Recording.objects.filter(uploader_id=listener))


def favourites_of(listener):
    return list(Favourite.objects.filter(listener_id=listener))


def licences():
    return list(Recording.objects.values("license").annotate(count=Count("id"), plays=Sum("plays")))
