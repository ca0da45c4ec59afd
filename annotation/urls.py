from django.urls import include, path

from annotation.pages import label, projects

of_project = [
    path("", projects.overview, name="project"),
    path("label/", label.label, name="label"),
]
urlpatterns = [
    path("projects/", projects.index, name="projects"),
    path("projects/<uuid:project>/", include(of_project)),
]
