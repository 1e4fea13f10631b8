"""What telemetry's pages ask of the database."""

from django.db import transaction
from django.db.models import Avg, Count, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate

from telemetry.models import DeviceEvent, Reading, Sensor, Station


def sensor_latest(sensor):
    return list(Reading.objects.filter(sensor_id=sensor).order_by("-taken_at")[:50])


def sensor_window(sensor, begin, end):
    readings = Reading.objects.filter(sensor_id=sensor, taken_at__gte=begin, taken_at__lt=end)
    return [(one.taken_at, one.value) for one in readings]


def batch_readings(batch):
    return list(Reading.objects.filter(batch=batch))


def flagged_open():
    return list(Reading.objects.filter(flagged=True, reviewed_at=None).order_by("taken_at")[:100])


def hour_window(begin, end):
    return list(
        Reading.objects.filter(taken_at__gte=begin, taken_at__lt=end).values_list("sensor_id", "value")
    )


def day_count(day):
    return Reading.objects.filter(taken_at__date=day).count()


def worst_quality():
    return list(Reading.objects.filter(quality=3).order_by("-taken_at")[:20])


def sensor_average(sensor, begin):
    return Reading.objects.filter(sensor_id=sensor, taken_at__gte=begin).aggregate(mean=Avg("value"))


def station_board(station):
    newest = Reading.objects.filter(sensor=OuterRef("pk")).order_by("-taken_at")
    return list(Sensor.objects.filter(station_id=station).annotate(last=Subquery(newest.values("value")[:1])))


def sensor_peak(sensor):
    return Reading.objects.filter(sensor_id=sensor).aggregate(peak=Max("value"))


def find_serial(serial):
    return Sensor.objects.filter(serial=serial).first()


def radiation_recent(begin):
    readings = Reading.objects.filter(sensor__kind="radiation", taken_at__gte=begin)
    return list(readings.values_list("sensor__serial", "taken_at", "value"))


def older_readings(moment, last):
    page = Reading.objects.filter(taken_at__lte=moment).filter(Q(taken_at__lt=moment) | Q(id__lt=last))
    return list(page.order_by("-taken_at", "-id")[:50])


def last_reviewed():
    return list(Reading.objects.order_by(F("reviewed_at").desc(nulls_last=True))[:25])


def extremes(limit):
    return list(Reading.objects.filter(value__gt=limit).select_related("sensor"))


def device_events(device):
    return list(DeviceEvent.objects.filter(device=device).order_by("-logged_at")[:20])


def tampered():
    return list(DeviceEvent.objects.filter(code="tamper").order_by("-logged_at")[:50])


def retired_in(begin, end):
    return list(Sensor.objects.filter(retired_at__range=(begin, end)).order_by("retired_at"))


def sensor_days(sensor):
    """How many readings a sensor has a day."""
    days = Reading.objects.filter(sensor_id=sensor).annotate(day=TruncDate("taken_at"))
    return list(days.values("day").annotate(count=Count("id")).order_by("day"))


def suspicious(begin):
    return list(Reading.objects.filter(quality__gte=2, value__gt=60, taken_at__gte=begin))


def oldest_sensor():
    return Sensor.objects.earliest("installed_on")


def latest_moment():
    return Reading.objects.aggregate(latest=Max("taken_at"))


def events_between(begin, end):
    return list(DeviceEvent.objects.filter(logged_at__gte=begin, logged_at__lt=end))


def forget_batch(batch):
    """Try what deleting a batch would do."""
    with transaction.atomic():
        Reading.objects.filter(batch=batch).delete()
        transaction.set_rollback(True)


def quality_of_sensor(sensor):
    return list(Reading.objects.filter(sensor_id=sensor).values("quality").annotate(count=Count("id")))


# What no index should be advised for.


def good_quality_mean():
    return Reading.objects.filter(quality=0).aggregate(mean=Avg("value"))


def all_readings():
    return Reading.objects.count()


def mean_by_quality():
    return list(Reading.objects.values("quality").annotate(mean=Avg("value")))


def one_reading(reading):
    return Reading.objects.get(pk=reading)


def random_readings():
    return list(Reading.objects.order_by("?")[:10])


def deep_page():
    return list(Reading.objects.order_by("id")[1_500_000:1_500_050])


def ordinary_sensors():
    return list(Sensor.objects.filter(kind__in=["temperature", "humidity", "wind"]).values_list("serial"))


def stations_by_name():
    return list(Station.objects.order_by("name"))


def station_by_code(code):
    return Station.objects.filter(code=code).first()


def sensors_of_station(station):
    return list(Sensor.objects.filter(station_id=station))


def recent_by_pk():
    return list(Reading.objects.order_by("-id")[:100])


def most_of_the_time(begin):
    return Reading.objects.filter(taken_at__gte=begin).aggregate(peak=Max("value"), batch=Max("batch"))
