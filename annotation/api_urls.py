from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from annotation.resources import (
    adjudication,
    desk,
    destinations,
    imports,
    judgments,
    money,
    project_work,
    projects,
    quality,
    questions,
    snapshots,
    sources,
    tasks,
    work,
)

router = SimpleRouter(use_regex_path=False)
router.register("projects", projects.Projects, basename="api-project")
router.register("destinations", destinations.Destinations, basename="api-destination")

of_project: list[URLPattern | URLResolver] = [
    path("clone/", project_work.Clone.as_view(), name="api-project-clone"),
    path("overlap/", project_work.Overlap.as_view(), name="api-project-overlap"),
    path("imports/", imports.Imports.as_view(), name="api-imports"),
    path("consent/", money.ProjectConsent.as_view(), name="api-consent"),
    path("next/", work.Next.as_view(), name="api-next"),
    path("readings/", desk.Readings.as_view(), name="api-readings"),
    path("questions/", questions.Questions.as_view(), name="api-questions"),
    path("questions/seen/", questions.Seen.as_view(), name="api-questions-seen"),
    path("questions/<uuid:question>/answer/", questions.Answer.as_view(), name="api-question-answer"),
    path("judgments/", judgments.ProjectJudgments.as_view(), name="api-project-judgments"),
    path("tasks/", tasks.ProjectTasks.as_view(), name="api-project-tasks"),
    path("gold/", tasks.ProjectGold.as_view(), name="api-gold"),
    path("quality/", quality.Quality.as_view(), name="api-quality"),
    path("quality/annotators/", quality.QualityAnnotators.as_view(), name="api-quality-annotators"),
    path("quality/reports/", quality.QualityReports.as_view(), name="api-quality-reports"),
    path("quality/tasks/", quality.QualityTasks.as_view(), name="api-quality-tasks"),
    path("comparison/", sources.ProjectComparison.as_view(), name="api-comparison"),
    path("", include("annotation.review_api_urls")),
    path("takedowns/", tasks.Takedowns.as_view(), name="api-takedowns"),
    path("snapshots/", snapshots.ProjectSnapshots.as_view(), name="api-project-snapshots"),
]
of_assignment = [
    path("submit/", work.Submit.as_view(), name="api-submit"),
    path("skip/", work.Skip.as_view(), name="api-skip"),
    path("extend/", work.Extend.as_view(), name="api-extend"),
    path("votes/", adjudication.Votes.as_view(), name="api-votes"),
    path("release/", work.Release.as_view(), name="api-release"),
    path("reopen/", desk.Reopen.as_view(), name="api-reopen"),
]
of_judgment = [
    path("", judgments.OneJudgment.as_view(), name="api-judgment"),
    path("versions/", judgments.Versions.as_view(), name="api-judgment-versions"),
    path("task/", desk.Reviewed.as_view(), name="api-judgment-task"),
    path("withdraw/", judgments.Withdraw.as_view(), name="api-withdraw"),
]
urlpatterns = [
    path("projects/<uuid:project>/", include(of_project)),
    path("assignments/<uuid:assignment>/", include(of_assignment)),
    path("tasks/<uuid:task>/", tasks.OneTask.as_view(), name="api-task"),
    path("tasks/<uuid:task>/gold/", tasks.TaskGold.as_view(), name="api-task-gold"),
    path("judgments/<uuid:judgment>/", include(of_judgment)),
    path("snapshots/<uuid:snapshot>/", snapshots.OneSnapshot.as_view(), name="api-snapshot"),
    path("snapshots/<uuid:snapshot>/restore/", snapshots.RestoredSnapshot.as_view(), name="api-snapshot-restore"),
    path("snapshots/<uuid:snapshot>/comparison/", sources.SnapshotComparison.as_view(), name="api-snapshot-comparison"),
    path("snapshots/<uuid:snapshot>/export/", snapshots.ExportFile.as_view(), name="api-export"),
    path("snapshots/<uuid:snapshot>/exports/", snapshots.Archives.as_view(), name="api-archives"),
    path("snapshots/<uuid:snapshot>/exports/<uuid:job>/", snapshots.OneArchive.as_view(), name="api-archive"),
    path("snapshots/<uuid:snapshot>/deliveries/", destinations.Deliveries.as_view(), name="api-deliveries"),
    path("ledger/", money.Ledger.as_view(), name="api-ledger"),
    path("ledger/balances/", money.Balances.as_view(), name="api-balances"),
    path("", include(router.urls)),
]
