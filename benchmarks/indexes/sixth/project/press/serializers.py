"""By hand, for the API."""


def short(article):
    return {"id": str(article.pk), "headline": article.headline, "day": article.published_on.isoformat()}


def full(article):
    return {**short(article), "body": article.body, "paper": article.issue.paper_id}
