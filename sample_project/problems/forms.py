"""Forms whose choices are rows."""

from django import forms

from bookings.models import Room


class RoomForm(forms.Form):
    room = forms.ModelChoiceField(queryset=Room.objects.all())  # site: form-choices


class CuredRoomForm(forms.Form):
    room = forms.ModelChoiceField(queryset=Room.objects.select_related("building"))
