"""What a code object can be to the walk over a stack. Order matters: ranges are compared."""

from __future__ import annotations

SKIP = 0  # django.db and everything that only passes the call on
# Application code:
APPLICATION = 1  # not yet asked whether it builds querysets
BUILDER = 2  # a function that may build one
MANAGER_METHOD = 3  # a method of a Manager or QuerySet
CLASS_BODY = 4  # what it builds belongs to a class
LAST_APPLICATION = CLASS_BODY

# Lines of templates; stacks show them and the application's:
TEMPLATE_NODE = 5
JINJA = 6
LAST_SHOWN = JINJA

LIBRARY = 7  # other library code: its `self` may be an application's view or form
BOUNDARY = 8  # the handler around middleware and view, the runner around a test
THREAD_HANDLER = 9  # work that another thread awaits
THREAD_START = 10  # where a thread, or a pool's piece of work, begins

# What the ORM is doing:
FIRST_ORM = 20
ITERABLE = 20
QUERYSET_METHOD = 21
PREFETCH = 22
FORWARD = 23
REVERSE_ONE_TO_ONE = 24
GENERIC_FORWARD = 25
DEFERRED = 26
RAW = 27
WRITE = 28  # QuerySet methods that write
MODEL_WRITE = 29  # Model.save() and delete()
MANAGER_WRITE = 30  # add(), set() … of related managers
RELATED_MANAGER = 31  # get_queryset of a related manager
RELATED_METHOD = 32  # count() and exists() of a many-to-many manager
