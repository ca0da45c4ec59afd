from django.urls import path

from annotation.pages import label

urlpatterns = [
    path("projects/<uuid:project>/label/", label.label, name="label"),
]
