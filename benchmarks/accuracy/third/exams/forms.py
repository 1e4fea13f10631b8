from django import forms
from django.forms import modelformset_factory

from .models import Course, Examiner, Registration, Room, Sitting


class SittingForm(forms.ModelForm):
    examiner = forms.ModelChoiceField(queryset=Examiner.objects.order_by("pk"))  # site: plan-sitting

    class Meta:
        model = Sitting
        fields = ["course", "examiner"]


class RoomForm(forms.Form):
    room = forms.ModelChoiceField(queryset=Room.objects.order_by("name"))
    lead = forms.ModelChoiceField(queryset=Examiner.objects.select_related("account"))


class UniqueCourse(forms.ModelForm):
    """Validation asks whether the code is taken."""

    class Meta:
        model = Course
        fields = ["code", "title", "department"]

    def clean_title(self):
        title = self.cleaned_data["title"]
        if Course.objects.filter(title__iexact=title).exists():
            raise forms.ValidationError("There is one of this title.")
        return title


SeatFormSet = modelformset_factory(Registration, fields=["seat"], extra=0)
