from django.urls import path

from api.resources import Document, Methods, Pages

urlpatterns = [
    path("api/v1/methods/", Methods.as_view(), name="api-methods"),
    path("api/v1/schema/", Document.as_view(), name="api-schema"),
    path("api/v1/docs/", Pages.as_view(), name="api-docs"),
    path("schema/", Document.as_view(), name="schema"),
    path("docs/", Pages.as_view(), name="docs"),
]
