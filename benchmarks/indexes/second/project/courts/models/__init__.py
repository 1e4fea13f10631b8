from courts.models.files import Court, Document, File, Judge, Note
from courts.models.parties import Firm, Involvement, Party, Person

__all__ = ["Court", "Document", "File", "Firm", "Involvement", "Judge", "Note", "Party", "Person"]
