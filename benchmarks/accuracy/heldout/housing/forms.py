from django import forms

from .models import Flat, Lease, Repair


class RepairForm(forms.ModelForm):
    class Meta:
        model = Repair
        fields = ['title', 'cost']


class MoveForm(forms.Form):
    class FlatChoice(forms.ModelChoiceField):
        def label_from_instance(self, flat):
            return flat.full_address()

    flat = FlatChoice(queryset=Flat.objects.filter(rooms=4))  # site: move-form
    note = forms.CharField(required=False)


class LeasePicker(forms.Form):
    leases = forms.ModelMultipleChoiceField(
        queryset=Lease.objects.filter(pk__lte=40).select_related('tenant'),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields['leases'].label_from_instance = lambda lease: lease.tenant.name
