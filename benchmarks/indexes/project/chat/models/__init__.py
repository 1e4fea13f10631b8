from chat.models.messages import Message, Reaction
from chat.models.rooms import Member, Room

__all__ = ["Member", "Message", "Reaction", "Room"]
