"""Reviews in the admin."""

from django.contrib import admin

from reviews.models import Comment, Review, Vote


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["title", "product", "customer", "rating", "created"]
    list_select_related = ["product", "customer"]
    ordering = ["-created"]
    raw_id_fields = ["product", "customer"]
    show_full_result_count = False


@admin.register(Vote)
class VoteAdmin(admin.ModelAdmin):
    list_display = ["value", "customer"]
    list_select_related = ["customer"]
    raw_id_fields = ["review", "customer"]
    show_full_result_count = False


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["text", "subject", "created"]
    ordering = ["-created"]
    show_full_result_count = False

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("subject")

    def subject(self, comment):
        return getattr(comment.subject, "title", None) or getattr(comment.subject, "name", "")
