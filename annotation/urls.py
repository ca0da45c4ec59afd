from django.urls import include, path

from annotation.pages import imports, label, projects

of_project = [
    path("", projects.overview, name="project"),
    path("label/", label.label, name="label"),
    path("imports/", imports.index, name="imports"),
    path("imports/staged/<str:token>/", imports.staged, name="import-staged"),
    path("imports/<uuid:job>/", imports.outcome, name="import"),
    path("imports/<uuid:job>/status/", imports.status, name="import-status"),
    path("imports/<uuid:job>/rejected/", imports.rejected, name="import-rejected"),
]
urlpatterns = [
    path("projects/", projects.index, name="projects"),
    path("projects/<uuid:project>/", include(of_project)),
]
