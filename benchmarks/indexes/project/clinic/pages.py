"""What the clinic's pages ask of the database."""

from django.db import transaction
from django.db.models import Avg, Count, Exists, OuterRef, Q, Sum, Value
from django.db.models.functions import Concat, Lower

from clinic.models import Appointment, LabResult, Patient, Practice


def find_email(email):
    return list(Patient.objects.filter(email__iexact=email))


def by_external_id(external):
    return Patient.objects.filter(external_id=external).first()


def surname_begins(text):
    return list(Patient.objects.filter(surname__startswith=text).order_by("surname")[:40])


def surname_begins_any_case(text):
    return list(Patient.objects.filter(surname__istartswith=text))


def surname_contains(text):
    return list(Patient.objects.filter(surname__icontains=text))


def practice_page(practice):
    people = Patient.objects.filter(practice_id=practice, deleted_at=None)
    return list(people.order_by("surname", "given_name")[:25])


def referred_by(patient):
    return list(Patient.objects.filter(referrer_id=patient))


def held_slots():
    return list(Appointment.objects.filter(status="held").order_by("created_at"))


def room_clashes(room, begin, end):
    return list(Appointment.objects.filter(room_id=room, during__overlap=(begin, end)))


def happening(moment):
    return list(Appointment.objects.filter(during__contains=moment).select_related("room"))


def unfinished():
    pending = Appointment.objects.exclude(status__in=[Appointment.Status.DONE, Appointment.Status.CANCELLED])
    return list(pending.order_by("created_at")[:50])


def no_shows(clinician):
    missed = Appointment.objects.filter(clinician=clinician, status=Appointment.Status.NO_SHOW)
    return list(missed.order_by("-created_at")[:30])


def abnormal_patients(practice):
    bad = LabResult.objects.filter(patient=OuterRef("pk"), abnormal=True, code="NAT")
    return list(Patient.objects.filter(Exists(bad), practice_id=practice))


def abnormal_sodium(value):
    return list(LabResult.objects.filter(abnormal=True, code="NAT", value__gte=value))


def find_email_lowered(email):
    return list(Patient.objects.annotate(plain=Lower("email")).filter(plain=email))


def birthdays(month, day):
    return list(Patient.objects.filter(birth_date__month=month, birth_date__day=day, deleted_at=None))


def phone_ends(digits):
    return list(Patient.objects.filter(phone__endswith=digits))


def by_record_number(number):
    return list(Patient.objects.filter(record_number=number))


def clinician_year(clinician):
    return Appointment.objects.filter(clinician=clinician, created_at__year=2025).count()


def revenue_of_practice(practice):
    return Appointment.objects.filter(practice_id=practice, status="done").aggregate(total=Sum("price"))


def to_remind():
    waiting = Appointment.objects.filter(status="booked", reminded_at__isnull=True)
    return list(waiting.select_related("patient")[:200])


def sample_of(sample):
    return LabResult.objects.filter(sample=sample).first()


def name_and_birth(surname, born):
    return list(Patient.objects.filter(surname=surname, birth_date=born))


def born_between(begin, end):
    return list(Patient.objects.filter(birth_date__gte=begin, birth_date__lt=end))


def email_or_phone(email, phone):
    return list(Patient.objects.filter(Q(email=email) | Q(phone=phone)))


def clinician_days(clinician):
    booked = Appointment.objects.filter(clinician=clinician, status=Appointment.Status.BOOKED)
    return list(booked.values("practice_id").annotate(count=Count("id")))


def recently_deleted(moment):
    return list(Patient.objects.filter(deleted_at__gte=moment).order_by("-deleted_at")[:50])


def starting_between(begin, end):
    return list(Appointment.objects.filter(during__startswith__gte=begin, during__startswith__lt=end))


def email_domain(domain):
    return list(Patient.objects.filter(email__iendswith=domain))


def called(name):
    people = Patient.objects.annotate(name=Concat("given_name", Value(" "), "surname"))
    return list(people.filter(name=name))


def find_anything(email, phone, number):
    return list(Patient.objects.filter(Q(email=email) | Q(phone=phone) | Q(record_number=number)))


def move_referrals(old, new):
    """Try what it would do to give one patient's referrals to another."""
    with transaction.atomic():
        Patient.objects.filter(referrer_id=old).update(referrer_id=new)
        transaction.set_rollback(True)


def cancelled_by(clinician, begin, end):
    cancelled = Appointment.objects.filter(
        clinician=clinician, status="cancelled", created_at__range=(begin, end)
    )
    return cancelled.count()


# What no index should be advised for.


def done_total():
    return Appointment.objects.filter(status="done").aggregate(total=Sum("price"))


def surname_has_letters():
    return Patient.objects.filter(surname__icontains="an").count()


def practices_in(city):
    return list(Practice.objects.filter(city=city))


def results_of(patient):
    return list(LabResult.objects.filter(patient_id=patient).order_by("-taken_on"))


def living_patients():
    return Patient.objects.filter(deleted_at=None).aggregate(
        count=Count("id"), speaks=Count("language", distinct=True)
    )


def by_practice_and_number(practice, number):
    return Patient.objects.filter(practice_id=practice, record_number=number).first()


def appointments_of(patient):
    return list(Appointment.objects.filter(patient_id=patient))


def takings():
    return Appointment.objects.aggregate(total=Sum("price"), count=Count("id"))


def common_languages():
    speakers = Patient.objects.filter(language__in=["pt", "en", "es", "fr"])
    return sum(len(surname) for surname in speakers.values_list("surname", flat=True))


def result_codes():
    return list(LabResult.objects.values("code").annotate(count=Count("id"), mean=Avg("value")))
