"""A ski resort: lifts, slopes, lessons, passes and what is lent."""

from django.db import models


class Resort(models.Model):
    name = models.CharField(max_length=60)


class Zone(models.Model):
    resort = models.ForeignKey(Resort, models.CASCADE, related_name="zones")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="parts")
    name = models.CharField(max_length=60)


class LiftManager(models.Manager):
    def running(self):
        return self.filter(is_open=True).order_by("name")


class Lift(models.Model):
    zone = models.ForeignKey(Zone, models.CASCADE, related_name="lifts")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    is_open = models.BooleanField(default=True)

    objects = LiftManager()

    def __str__(self):
        return f"{self.name} ({self.zone.name})"


class OpenLifts(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(is_open=True)


class OpenLift(Lift):
    objects = OpenLifts()

    class Meta:
        proxy = True


class Slope(models.Model):
    zone = models.ForeignKey(Zone, models.CASCADE, related_name="slopes")
    lift = models.ForeignKey(Lift, models.SET_NULL, null=True, related_name="slopes")
    name = models.CharField(max_length=60)
    colour = models.CharField(max_length=10)


class Person(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField(unique=True)


class Skier(Person):
    level = models.IntegerField()
    guardian = models.ForeignKey("self", models.SET_NULL, null=True, related_name="wards")


class Language(models.Model):
    name = models.CharField(max_length=30)


class Instructor(Person):
    resort = models.ForeignKey(Resort, models.CASCADE, related_name="instructors")
    languages = models.ManyToManyField(Language, related_name="speakers")
    speciality = models.CharField(max_length=30)


class Course(models.Model):
    instructor = models.ForeignKey(Instructor, models.CASCADE, related_name="courses")
    slope = models.ForeignKey(Slope, models.SET_NULL, null=True)
    title = models.CharField(max_length=60)
    starts_at = models.DateTimeField()
    capacity = models.IntegerField()
    skiers = models.ManyToManyField(Skier, through="Booking", related_name="courses")

    def places_left(self):
        return self.capacity - self.bookings.count()


class Booking(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="bookings")
    skier = models.ForeignKey(Skier, models.CASCADE, related_name="bookings")
    is_paid = models.BooleanField(default=False)
    booked_at = models.DateTimeField()


class Insurance(models.Model):
    booking = models.OneToOneField(Booking, models.CASCADE, related_name="insurance")
    policy = models.CharField(max_length=20)


class Pass(models.Model):
    skier = models.ForeignKey(Skier, models.CASCADE, related_name="passes")
    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10)
    price = models.IntegerField()
    valid_until = models.DateField()


class Scan(models.Model):
    """Somebody went through a gate."""

    lift = models.ForeignKey(Lift, models.CASCADE)
    code = models.CharField(max_length=20)
    at = models.DateTimeField()


class Kind(models.Model):
    name = models.CharField(max_length=40)
    daily_price = models.IntegerField()


class Item(models.Model):
    kind = models.ForeignKey(Kind, models.CASCADE, related_name="items")
    serial = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10)
    edges_ground_at = models.DateTimeField(null=True)


class Rental(models.Model):
    item = models.ForeignKey(Item, models.CASCADE, related_name="rentals")
    skier = models.ForeignKey(Skier, models.CASCADE)
    out_at = models.DateTimeField()
    back_at = models.DateTimeField(null=True)


class SnowReport(models.Model):
    slope = models.ForeignKey(Slope, models.CASCADE, related_name="reports")
    at = models.DateTimeField()
    depth = models.IntegerField()
    summary = models.CharField(max_length=80)
    bulletin = models.TextField()
    measurements = models.JSONField(default=dict)


class Incident(models.Model):
    slope = models.ForeignKey(Slope, models.CASCADE, related_name="incidents")
    leader = models.ForeignKey(Instructor, models.SET_NULL, null=True, related_name="incidents")
    reported_by = models.ForeignKey(Skier, models.SET_NULL, null=True)
    severity = models.IntegerField()
    at = models.DateTimeField()
    text = models.CharField(max_length=200)


class Tariff(models.Model):
    code = models.CharField(max_length=10, unique=True)
    percent = models.IntegerField()


class Webcam(models.Model):
    slope = models.ForeignKey(Slope, models.CASCADE, related_name="webcams")
    image = models.FileField()
