"""What a template names, and where it may lie."""

from __future__ import annotations

from queryscope.fixes.template_names import template_paths, template_words


def test_attributes_stand_behind_a_dot_within_tags() -> None:
    words, others = template_words(
        "a.plain {{ order.customer.name|default:'x.y' }} {% for line in order.lines.all %}{% endfor %}"
    )
    assert words == {"customer", "name", "lines", "all"}
    assert others == set()


def test_the_user_of_a_request_is_no_relation_of_rows() -> None:
    assert template_words("{{ request.user.name }}")[0] == {"name"}


def test_other_templates_are_told_by_their_suffix() -> None:
    text = "{% extends 'base.html' %}{% include \"row.txt\" with x='y' %}{% url 'shop' %}"
    assert template_words(text)[1] == {"base.html", "row.txt"}


def test_templates_lie_in_folders_around_a_file() -> None:
    assert list(template_paths("shop/views/list.py", "a.html")) == [
        "shop/views/templates/a.html", "shop/views/jinja2/a.html", "shop/templates/a.html",
        "shop/jinja2/a.html", "templates/a.html", "jinja2/a.html",
    ]  # fmt: skip
    assert "shop/templates/b.html" in template_paths("shop/templates/x/a.html", "b.html")
