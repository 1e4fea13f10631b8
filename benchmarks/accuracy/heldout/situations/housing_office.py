# -*- coding: utf-8 -*-
'''The cooperative's office. Old code, single quotes, long lines.'''
import random

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db.models import Count, Max, Prefetch, prefetch_related_objects
from django.shortcuts import render
from django.views import View
from django.views.generic import DetailView, ListView
from housing.forms import LeasePicker, MoveForm
from housing.models import Building, Document, Estate, Firm, Flat, Lease, Meter, Notice, Party, Payment, Repair
from housing.services import RentRoll, open_repairs_of, overdue, setting
from io import StringIO
from situation import negative, positive


# -- n-plus-one ---------------------------------------------------------------------------------------------------

@positive('n-plus-one', model='housing.Lease', relations=('flat__building__estate', 'tenant'), code=('Lease.objects.select_related("tenant", "flat__building__estate")',))
def rent_roll():
    '''A dataclass service with the queryset in one method and the loop in another.'''
    return RentRoll('Estate 3').lines()


@positive('n-plus-one', model='housing.Payment', relations=('lease__tenant',), code=('Payment.objects.select_related("lease__tenant")',))
def late_command():
    out = StringIO()
    call_command('remind_late', year=2017, stdout=out)
    return out.getvalue()


@positive('n-plus-one', model='housing.Payment', relations=('lease__flat', 'lease__tenant'), code=('Payment.objects.select_related("lease__flat", "lease__tenant")',))
def dunning_letters():
    letters = []
    for payment in overdue().filter(due_on__year=2019).order_by('due_on'):  # site: dunning-letters
        letters.append('Dear %s in %s' % (payment.lease.tenant.name, payment.lease.flat.number))
    return letters


@positive('n-plus-one', model='housing.Flat', relations=('building__estate',), code=('Flat.objects.select_related("building__estate")',))
def move_form(request):
    '''The choices of a form field: built when the module is imported.'''
    return render(request, 'housing/form.html', {'form': MoveForm()})


@positive('n-plus-one', model='housing.Flat', code_contains=('Exists(', 'ends__isnull=True'), also=('query-in-loop',))
class LetFlats(ListView):
    template_name = 'housing/let.html'
    context_object_name = 'flats'

    def get_queryset(self):
        return Flat.objects.filter(floor=2)  # site: let-flats


@positive('n-plus-one', model='housing.Flat', code_contains=('select_related("building__estate")', 'Prefetch("repairs"', 'status="open"'), also=('query-in-loop',), beside=('n-plus-one',))
class FlatTable(View):
    def get(self, request):
        qs = Flat.objects.filter(floor=3)  # site: flat-table
        return render(request, 'housing/flats.html', dict(flats=qs))


@positive('n-plus-one', model='housing.Building', code_contains=('Count("flats"',), also=('query-in-loop',))
class BuildingOverview(ListView):  # site: building-overview
    model = Building  # site: building-overview
    template_name = 'housing/buildings.html'
    context_object_name = 'buildings'


@positive('n-plus-one', model='housing.Party', relations=('tenant',), code=('Party.objects.select_related("tenant")', 'Party.objects.prefetch_related("tenant")'))
def direct_debits():
    '''From the parent of a multi-table inheritance to its child.'''
    ibans = []
    for party in Party.objects.filter(phone__startswith='1-00'):  # site: direct-debits
        ibans.append(party.tenant.iban)
    return ibans


@positive('n-plus-one', model='housing.Document', relations=('subject',), code=('Document.objects.prefetch_related("subject")',))
def archive():
    return ['%s: %s' % (doc.title, doc.subject) for doc in Document.objects.filter(pk__lte=60)]  # site: archive


@positive('n-plus-one', model='housing.Meter', code_contains=('Subquery(|Max(|Prefetch("readings"',), also=('query-in-loop',))
def last_readings():
    table = {}
    meters = Meter.objects.filter(kind='heat', flat__floor=1)  # site: last-readings
    for meter in meters:
        latest = meter.readings.order_by('-taken_on').first()
        table[meter.serial] = latest.value if latest else None
    return table


@positive('n-plus-one', model='housing.Flat', code_contains=('Prefetch(|prefetch_related(|__in',), also=('query-in-loop',))
def janitor_list():
    '''The inner query is built from its own model, by a helper: no related manager.'''
    lines = []
    for flat in Flat.objects.filter(building__street='Street 4'):  # site: janitor-list
        for repair in open_repairs_of(flat):
            lines.append((flat.number, repair.title))
    return lines


@positive('n-plus-one', model='housing.Estate', relations=('buildings__flats',), code=('Estate.objects.prefetch_related("buildings__flats")',))
def rooms_per_estate():
    return {e.name: sum(f.rooms for b in e.buildings.all() for f in b.flats.all()) for e in Estate.objects.all()}  # site: rooms-per-estate


@positive('n-plus-one', model='housing.Repair', relations=('reported_by',), code=('firm.repairs.select_related("reported_by")', 'Firm.objects.prefetch_related("repairs__reported_by")', 'self.object.repairs.select_related("reported_by")'))
class FirmDetail(DetailView):
    model = Firm
    template_name = 'housing/form.html'

    def get_object(self, queryset=None):
        return Firm.objects.get(name='Firm 7')

    def get_context_data(self, **kwargs):
        ctx = super(FirmDetail, self).get_context_data(**kwargs)
        jobs = self.object.repairs.filter(status='done')  # site: firm-detail
        ctx['form'] = ', '.join(job.reported_by.name for job in jobs)
        return ctx


@negative('n-plus-one', 'a form field whose choices come with what their labels read')
def lease_picker(request):
    return render(request, 'housing/form.html', {'form': LeasePicker()})


@negative('n-plus-one', 'the field is nullable and NULL: nothing is asked')
def without_firm():
    return [repair.firm.name if repair.firm else '-' for repair in Repair.objects.filter(firm=None)[:60]]


@negative('n-plus-one', 'a to-many of one object, joined with what is read')
def one_building():
    building = Building.objects.select_related('estate').get(street='Street 9')
    return building.address, [l.tenant.name for l in Lease.objects.filter(flat__building=building).select_related('tenant')]


# -- latent ---------------------------------------------------------------------------------------------------------

@positive('latent-n-plus-one', model='housing.Repair', relations=('flat',), code=('Repair.objects.select_related("flat")',))
def repairs_called():
    return ', '.join(str(repair) for repair in Repair.objects.filter(title__startswith='Repair 4199'))  # site: repairs-called


@positive('latent-n-plus-one', model='housing.Lease', relations=('flat__building__estate', 'tenant'), code=('Lease.objects.select_related("tenant", "flat__building__estate")',))
def leases_of(request):
    found = Lease.objects.filter(tenant__name='Tenant 8', ends=None, rent__lt=800).order_by('starts')  # site: leases-of
    return render(request, 'housing/leases.html', {'leases': found})


@negative('latent-n-plus-one', 'a unique reference gives one payment')
def payment_slip():
    payment = Payment.objects.get(reference='P000321')
    return payment.lease.tenant.name


@negative('latent-n-plus-one', 'the newest one is one')
def newest_repair():
    repair = Repair.objects.order_by('-created_at').first()
    return '%s %s' % (repair.flat.number, repair.reported_by.name)


# -- refiltered-prefetch ------------------------------------------------------------------------------------------

@positive('refiltered-prefetch', model='housing.Flat', code_contains=('Prefetch("repairs"', 'status="open"|to_attr'), also=('n-plus-one',), beside=('unused-prefetch-related',))
def flats_with_repairs():
    flats = Flat.objects.filter(floor=5).prefetch_related('repairs')  # site: flats-with-repairs
    return {flat.number: [r.title for r in flat.open_repairs()] for flat in flats}


@positive('refiltered-prefetch', model='housing.Meter', code_contains=('Prefetch("readings"', '-taken_on|to_attr'), also=('n-plus-one',), beside=('unused-prefetch-related',))
def newest_values():
    meters = (
        Meter.objects  # site: newest-values
        .filter(flat__floor=7, kind='water')
        .prefetch_related('readings')
    )
    result = []
    for meter in meters:
        result.append(meter.readings.order_by('-taken_on')[0].value)
    return result


@negative('refiltered-prefetch', 'filtered in Python, from the cache')
def flats_filtered_in_python():
    flats = Flat.objects.filter(floor=5).prefetch_related('repairs')
    return {flat.number: [r.title for r in flat.repairs.all() if r.status == 'open'] for flat in flats}


@negative('refiltered-prefetch', '`count()` and `exists()` of a prefetched relation come from the cache')
def flats_counted():
    out = []
    for flat in Flat.objects.filter(floor=6).prefetch_related('repairs', 'meters'):
        out.append((flat.repairs.count(), flat.meters.exists(), [r.title for r in flat.repairs.all()], [m.serial for m in flat.meters.all()]))
    return out


# -- duplicates -----------------------------------------------------------------------------------------------------

@positive('duplicate-query', model='housing.Repair|', kinds=('reuse', 'rewrite'), advice=('once|reuse|pass',), also=('queryset-evaluated-twice',), beside=('unbounded-result',))
def office_start(request):
    '''The page and its sidebar want the same rows.'''
    return render(request, 'housing/repairs_list.html', {'repairs': urgent(), 'sidebar': sidebar()})


def urgent():
    return list(Repair.objects.filter(status='open', cost__gt=395))  # site: office-start


def sidebar():
    return len({r.flat_id for r in list(Repair.objects.filter(status='open', cost__gt=395))})  # site: office-start


@positive('duplicate-query', model='housing.Estate|', advice=('once|reuse|pass|cache',), also=('queryset-evaluated-twice', 'uncached-lookup', 'query-in-loop'))
def letter_heads():
    return header(), body(), footer()


def estate():
    return Estate.objects.order_by('name').first()  # site: letter-heads


def header():
    return estate().name  # site: letter-heads


def body():
    return 'Dear tenants of %s' % estate().name  # site: letter-heads


def footer():
    return '%s, the board' % estate().name  # site: letter-heads


@negative('duplicate-query', 'the same shape with another value is another query')
def two_kinds():
    water = Meter.objects.filter(kind='water').count()
    heat = Meter.objects.filter(kind='heat').count()
    return water, heat


@negative('duplicate-query', 'read again after it was written')
def recount():
    before = Repair.objects.filter(status='done').count()
    Repair.objects.filter(pk__lte=50).update(status='done')
    return Repair.objects.filter(status='done').count() - before


# -- uncached-lookup -------------------------------------------------------------------------------------------------

@positive('uncached-lookup', model='housing.Option|', advice=('once|cache|before the loop|outside',), also=('duplicate-query', 'query-in-loop', 'n-plus-one'))
def dunning_fees():
    total = 0
    for payment in Payment.objects.filter(is_paid=False, due_on__year=2020)[:40]:
        total += payment.amount * int(setting('option-7')) / 100  # site: dunning-fees
    return total


@positive('uncached-lookup', model='contenttypes.ContentType|', advice=('get_for_model|once|cache',), also=('duplicate-query', 'query-in-loop', 'n-plus-one'))
def paper_trail():
    '''`get_for_model()` would have cached it.'''
    n = 0
    for flat in Flat.objects.filter(floor=8)[:30]:
        kind = ContentType.objects.get(app_label='housing', model='flat')  # site: paper-trail
        n += kind.pk * flat.pk
    return n


@negative('uncached-lookup', 'looked up once, before the loop')
def fees_right():
    percent = int(setting('option-7'))
    return sum(p.amount * percent / 100 for p in Payment.objects.filter(is_paid=False, due_on__year=2020)[:40])


@negative('uncached-lookup', '`get_for_model()` keeps what it found')
def trail_right():
    return [ContentType.objects.get_for_model(Flat).pk for _ in range(50)]


# -- one-query-per-instance-prefetch -----------------------------------------------------------------------------------

@positive('one-query-per-instance-prefetch', advice=('prefetch_related_objects|prefetch_related',), also=('n-plus-one', 'query-in-loop'))
def prefetch_each():
    buildings = Building.objects.filter(pk__lte=25)  # site: prefetch-each
    for building in buildings:
        prefetch_related_objects([building], 'flats', 'notices')  # site: prefetch-each
    return [(len(b.flats.all()), len(b.notices.all())) for b in buildings]


@positive('one-query-per-instance-prefetch', advice=('prefetch_related_objects|prefetch_related',), also=('n-plus-one', 'query-in-loop'))
def hydrate_all():
    firms = list(Firm.objects.all())  # site: hydrate-all
    return [hydrate(firm) for firm in firms]


def hydrate(firm):
    prefetch_related_objects([firm], Prefetch('repairs', queryset=Repair.objects.filter(status='open')))  # site: hydrate-all
    return sum(repair.cost for repair in firm.repairs.all())


@negative('one-query-per-instance-prefetch', 'once, with the list')
def prefetch_all():
    buildings = list(Building.objects.filter(pk__lte=25))
    prefetch_related_objects(buildings, 'flats', 'notices')
    return [(len(b.flats.all()), len(b.notices.all())) for b in buildings]


@negative('one-query-per-instance-prefetch', 'one object, one prefetch')
def prefetch_one():
    building = Building.objects.get(street='Street 11')
    prefetch_related_objects([building], 'flats__meters')
    return [len(flat.meters.all()) for flat in building.flats.all()]


# -- query-in-loop ---------------------------------------------------------------------------------------------------

@positive('query-in-loop', model='housing.Meter|', code_contains=('__in=|in_bulk(',), also=('n-plus-one',))
def import_readings():
    '''A file names meters by their serials.'''
    file = ['M%05d;%d' % (n, n * 7) for n in random.Random(3).sample(range(1400), 45)]
    flats = set()
    for line in file:
        serial, value = line.split(';')
        meter = Meter.objects.filter(serial=serial).first()  # site: import-readings
        if meter is not None and int(value) >= 0:
            flats.add(meter.flat_id)
    return flats


@positive('query-in-loop', model='housing.Repair|', code_contains=('values(|annotate(', 'Count('), also=('n-plus-one',))
def repairs_per_firm():
    '''Counts by foreign id, with the ids from elsewhere.'''
    firm_ids = list(Firm.objects.values_list('pk', flat=True))
    return {firm_id: Repair.objects.filter(firm_id=firm_id, status='open').count() for firm_id in firm_ids}  # site: repairs-per-firm


@positive('query-in-loop', code_contains=('__in|in_bulk|refresh',), model='housing.Payment|', also=('n-plus-one',))
def refresh_each():
    payments = list(Payment.objects.filter(due_on__year=2016, is_paid=False)[:30])
    for p in payments:
        p.refresh_from_db()  # site: refresh-each
    return sum(p.amount for p in payments)


# -- unused -------------------------------------------------------------------------------------------------------------

@positive('unused-select-related', model='housing.Payment', kinds=('remove',), code_lacks=('"lease__tenant"',))
def payment_table(request):
    payments = Payment.objects.select_related('lease__tenant').filter(due_on__year=2021)[:50]  # site: payment-table
    return render(request, 'housing/payments.html', {'payments': payments})


@positive('unused-prefetch-related', model='housing.Building', kinds=('remove',), code_lacks=('"notices"',))
def building_streets():
    qs = Building.objects.prefetch_related('flats', 'notices')  # site: building-streets
    return [(b.street, len(b.flats.all())) for b in qs]


@negative('unused-select-related', 'used on some requests: judged over both', runs=({'detailed': ''}, {'detailed': '1'}))
def stairwell(request):
    notices = Notice.objects.select_related('building')[:40]
    return render(request, 'housing/stairwell.html', {'notices': notices, 'detailed': request.GET['detailed']})


@negative('unused-prefetch-related', 'nothing was found, so nothing could be read')
def no_flats():
    return [len(flat.meters.all()) for flat in Flat.objects.filter(rooms=77).prefetch_related('meters')]


@negative('unused-select-related', 'read by the model’s own method')
def addresses():
    return [flat.full_address() for flat in Flat.objects.select_related('building__estate').filter(floor=9)]


# -- tenure of small things ------------------------------------------------------------------------------------------

@positive('truth-instead-of-exists', model='housing.Repair', code_contains=('exists()',), beside=('unbounded-result',))
def broken_banner(request):
    repairs = Repair.objects.filter(status='open')  # site: broken-banner
    if repairs:  # site: broken-banner
        return 'Something is broken'
    return ''


@positive('truth-instead-of-exists', model='housing.Repair', code_contains=('exists()',), beside=('unbounded-result',))
def broken_note(request):
    '''The `if` is the template's.'''
    return render(request, 'housing/repairs.html', {'repairs': Repair.objects.filter(status='open', cost__lt=200)})  # site: broken-note


@negative('truth-instead-of-exists', 'the rows are listed below the `if`')
def broken_list(request):
    return render(request, 'housing/repairs_list.html', {'repairs': Repair.objects.filter(status='open', cost__gt=380)})


@positive('len-instead-of-count', model='housing.Repair', code_contains=('count()',), beside=('unbounded-result',))
def repairs_length(request):
    return render(request, 'housing/repairs_length.html', {'repairs': Repair.objects.filter(status='open', cost__lt=300)})  # site: repairs-length


@positive('len-instead-of-count', model='housing.Lease', code_contains=('count()',), beside=('unbounded-result',))
def running_leases():
    running = Lease.objects.filter(ends=None)  # site: running-leases
    n = len(running)  # site: running-leases
    return {'running': n, 'firms': Firm.objects.count()}


@negative('len-instead-of-count', 'the rows are read as well')
def leases_and_rent():
    running = Lease.objects.filter(ends=None, rent__gt=1200)
    return {'n': len(running), 'rent': sum(lease.rent for lease in running)}


@negative('len-instead-of-count', 'of a list that is returned')
def let_flat_numbers():
    flats = list(Flat.objects.filter(floor=1))
    return {'n': len(flats), 'flats': [flat.number for flat in flats]}


@negative('count-then-iterate', 'aggregates and rows are of different querysets')
def totals():
    n = Lease.objects.count()
    top = Lease.objects.filter(ends=None).aggregate(m=Max('rent'), n=Count('pk'))
    return n, top, [lease.rent for lease in Lease.objects.filter(flat__floor=1, ends=None)]
