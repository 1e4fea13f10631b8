"""By hand: each knows what it reads."""


class FilmSerializer:
    fields = ("id", "title", "year", "minutes")

    def __init__(self, films):
        self.films = films

    @property
    def data(self):
        return [{name: getattr(film, name) for name in self.fields} for film in self.films]


class SubmissionSerializer(FilmSerializer):
    fields = ("id", "reference", "state", "score")
