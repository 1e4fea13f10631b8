from podcasts.models.audience import Download, Listener, Play, Subscription
from podcasts.models.feeds import Episode, Show

__all__ = ["Download", "Episode", "Listener", "Play", "Show", "Subscription"]
