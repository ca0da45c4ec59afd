from django.urls import include, path

from hooks import pages

of_webhook = [
    path("", pages.page, name="webhook"),
    path("change/", pages.change, name="webhook-change"),
    path("test/", pages.test, name="webhook-test"),
    path("renew-secret/", pages.renew_secret, name="webhook-renew-secret"),
    path("switch/", pages.switch, name="webhook-switch"),
    path("delete/", pages.delete, name="webhook-delete"),
    path("deliveries/<uuid:delivery_id>/again/", pages.send_again, name="webhook-send-again"),
]
urlpatterns = [
    path("webhooks/", pages.index, name="webhooks"),
    path("webhooks/<uuid:pk>/", include(of_webhook)),
]
