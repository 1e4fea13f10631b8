"""A small site for the tests of the doors: an application, although it stands beside tests."""
