from django.urls import include, path

from annotation.pages import imports, label, overview, project_settings, projects

of_project = [
    path("", overview.overview, name="project"),
    path("label/", label.label, name="label"),
    path("imports/", imports.index, name="imports"),
    path("imports/staged/<str:token>/", imports.staged, name="import-staged"),
    path("imports/<uuid:job>/", imports.outcome, name="import"),
    path("imports/<uuid:job>/status/", imports.status, name="import-status"),
    path("imports/<uuid:job>/rejected/", imports.rejected, name="import-rejected"),
    path("settings/", project_settings.settings, name="project-settings"),
    path("status/", project_settings.status, name="project-status"),
    path("delete/", project_settings.delete, name="project-delete"),
    path("restore/", projects.restore, name="project-restore"),
]
urlpatterns = [
    path("projects/", projects.index, name="projects"),
    path("projects/new/", projects.new, name="project-new"),
    path("projects/preview/", projects.preview, name="guidelines-preview"),
    path("projects/<uuid:project>/", include(of_project)),
]
