from leagues.models.matches import Appearance, Competition, Event, Fixture
from leagues.models.people import Club, Player, Transfer

__all__ = ["Appearance", "Club", "Competition", "Event", "Fixture", "Player", "Transfer"]
