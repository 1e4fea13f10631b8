"""Tags that templates of the newsroom load."""

from django import template

register = template.Library()


@register.simple_tag
def newest_comment(article):
    comment = article.comments.order_by("-created_at").first()
    return comment.text if comment else ""


@register.filter
def signature(article):
    return str(article.author)
