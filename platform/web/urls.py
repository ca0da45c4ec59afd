from django.urls import path

from web import gallery

urlpatterns = [
    path("gallery/", gallery.gallery, name="web-gallery"),
    path("gallery/chart/", gallery.live_chart, name="web-gallery-chart"),
]
