from django.urls import URLPattern, URLResolver, include, path

from annotation.pages import (
    consent,
    destinations,
    guidelines,
    label,
    ledger,
    overview,
    project_settings,
    project_work,
    projects,
    quality,
    questions,
    sources,
    work,
)

of_project: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="project"),
    path("chart/", overview.chart, name="project-chart"),
    path("label/", label.label, name="label"),
    path("consent/", consent.consent, name="consent"),
    path("", include("annotation.data_urls")),
    path("", include("annotation.review_urls")),
    path("quality/", quality.index, name="project-quality"),
    path("quality/compute/", quality.compute, name="project-quality-compute"),
    path("quality/progress/", quality.progress, name="project-quality-progress"),
    path("models/", sources.index, name="project-models"),
    path("models/compute/", sources.compute, name="project-models-compute"),
    path("models/progress/", sources.progress, name="project-models-progress"),
    path("models/file/", sources.file, name="project-models-file"),
    path("guidelines/", guidelines.index, name="project-guidelines"),
    path("guidelines/edit/", guidelines.edit, name="guidelines-edit"),
    path("settings/", project_settings.settings, name="project-settings"),
    path("clone/", project_work.clone, name="project-clone"),
    path("overlap/", project_work.overlap, name="project-overlap"),
    path("status/", project_settings.status, name="project-status"),
    path("label/guidelines/", label.guidelines, name="label-guidelines"),
    path("label/questions/", label.my_questions, name="label-questions"),
    path("questions/", questions.index, name="questions"),
    path("questions/<uuid:question>/", questions.question, name="question"),
]
of_work = [
    path("", work.my_work, name="my-work"),
    path("balance/", ledger.mine, name="my-balance"),
    path("history/", work.my_history, name="my-history"),
    path("questions/", work.my_questions, name="my-questions"),
    path("questions/<uuid:project>/seen/", work.see_answers, name="see-answers"),
    path("cover/", work.cover_everything, name="cover-everything"),
]
of_destination = [
    path("", destinations.destination, name="destination"),
    path("try/", destinations.try_out, name="destination-try"),
    path("delete/", destinations.delete, name="destination-delete"),
]
urlpatterns = [
    path("work/", include(of_work)),
    path("ledger/", ledger.everybody, name="ledger"),
    path("ledger/ledger.csv", ledger.file, name="ledger-file"),
    path("destinations/", destinations.index, name="destinations"),
    path("destinations/<uuid:destination>/", include(of_destination)),
    path("projects/", projects.index, name="projects"),
    path("projects/new/", projects.new, name="project-new"),
    path("projects/preview/", projects.preview, name="guidelines-preview"),
    path("projects/<uuid:project>/", include(of_project)),
]
