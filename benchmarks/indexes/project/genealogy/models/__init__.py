from genealogy.models.people import Person
from genealogy.models.trees import Tree

__all__ = ["Person", "Tree"]
