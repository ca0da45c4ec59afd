from django.urls import URLPattern, URLResolver, include, path

from annotation.pages import (
    guidelines,
    imports,
    judgments,
    label,
    overview,
    project_settings,
    projects,
    questions,
    tasks,
    work,
)

of_project: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="project"),
    path("chart/", overview.chart, name="project-chart"),
    path("label/", label.label, name="label"),
    path("tasks/", tasks.index, name="tasks"),
    path("tasks/<uuid:task>/", tasks.task, name="task"),
    path("tasks/<uuid:task>/change/", tasks.change, name="task-change"),
    path("tasks/<uuid:task>/gold/", tasks.know, name="task-gold"),
    path("tasks/<uuid:task>/gold/remove/", tasks.forget, name="task-gold-remove"),
    path("tasks/<uuid:task>/takedown/", tasks.takedown, name="task-takedown"),
    path("judgments/", judgments.index, name="project-judgments"),
    path("", include("annotation.review_urls")),
    path("imports/", imports.index, name="imports"),
    path("imports/staged/<str:token>/", imports.staged, name="import-staged"),
    path("imports/<uuid:job>/", imports.outcome, name="import"),
    path("imports/<uuid:job>/status/", imports.status, name="import-status"),
    path("imports/<uuid:job>/rejected/", imports.rejected, name="import-rejected"),
    path("guidelines/", guidelines.index, name="project-guidelines"),
    path("guidelines/edit/", guidelines.edit, name="guidelines-edit"),
    path("settings/", project_settings.settings, name="project-settings"),
    path("status/", project_settings.status, name="project-status"),
    path("delete/", project_settings.delete, name="project-delete"),
    path("restore/", projects.restore, name="project-restore"),
    path("label/guidelines/", label.guidelines, name="label-guidelines"),
    path("label/questions/", label.my_questions, name="label-questions"),
    path("questions/", questions.index, name="questions"),
    path("questions/<uuid:question>/", questions.question, name="question"),
]
of_work = [
    path("", work.my_work, name="my-work"),
    path("history/", work.my_history, name="my-history"),
    path("questions/", work.my_questions, name="my-questions"),
    path("questions/<uuid:project>/seen/", work.see_answers, name="see-answers"),
    path("cover/", work.cover_everything, name="cover-everything"),
]
urlpatterns = [
    path("work/", include(of_work)),
    path("projects/", projects.index, name="projects"),
    path("projects/new/", projects.new, name="project-new"),
    path("projects/preview/", projects.preview, name="guidelines-preview"),
    path("projects/<uuid:project>/", include(of_project)),
]
