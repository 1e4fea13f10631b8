from sounds.models.listeners import Favourite, Listener
from sounds.models.recordings import Fingerprint, Recording
from sounds.models.taxonomy import Taxon

__all__ = ["Favourite", "Fingerprint", "Listener", "Recording", "Taxon"]
