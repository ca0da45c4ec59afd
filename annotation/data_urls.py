"""Of one project: what came in, what was said, what goes out, and the page to try."""

from django.urls import path

from annotation.pages import destinations, exports, imports, judgments, sandbox, snapshots, sources, tasks

urlpatterns = [
    path("tasks/", tasks.index, name="tasks"),
    path("tasks/<uuid:task>/", tasks.task, name="task"),
    path("tasks/<uuid:task>/change/", tasks.change, name="task-change"),
    path("tasks/<uuid:task>/gold/", tasks.know, name="task-gold"),
    path("tasks/<uuid:task>/gold/remove/", tasks.forget, name="task-gold-remove"),
    path("tasks/<uuid:task>/takedown/", tasks.takedown, name="task-takedown"),
    path("judgments/", judgments.index, name="project-judgments"),
    path("try/", sandbox.page, name="try"),
    path("try/projects/<uuid:same>/next/", sandbox.offer, name="try-next"),
    path("try/assignments/<uuid:trial>/submit/", sandbox.submit, name="try-submit"),
    path("try/assignments/<uuid:trial>/skip/", sandbox.end, name="try-skip"),
    path("try/assignments/<uuid:trial>/extend/", sandbox.end, name="try-extend"),
    path("try/judgments/<uuid:trial>/withdraw/", sandbox.end, name="try-withdraw"),
    path("try/<path:rest>", sandbox.nothing, name="try-nothing"),
    path("imports/", imports.index, name="imports"),
    path("imports/staged/<str:token>/", imports.staged, name="import-staged"),
    path("imports/<uuid:job>/", imports.outcome, name="import"),
    path("imports/<uuid:job>/status/", imports.status, name="import-status"),
    path("imports/<uuid:job>/rejected/", imports.rejected, name="import-rejected"),
    path("snapshots/", snapshots.index, name="snapshots"),
    path("snapshots/count/", snapshots.count, name="snapshot-count"),
    path("snapshots/<uuid:snapshot>/", snapshots.snapshot, name="snapshot"),
    path("snapshots/<uuid:snapshot>/status/", snapshots.status, name="snapshot-status"),
    path("snapshots/<uuid:snapshot>/verify/", snapshots.verify, name="snapshot-verify"),
    path("snapshots/<uuid:snapshot>/verification/", snapshots.verification, name="snapshot-verification"),
    path("snapshots/<uuid:snapshot>/file/", exports.file, name="snapshot-file"),
    path("snapshots/<uuid:snapshot>/pack/", exports.pack, name="snapshot-pack"),
    path("snapshots/<uuid:snapshot>/archives/", exports.packed, name="snapshot-archives"),
    path("snapshots/<uuid:snapshot>/archives/<uuid:job>/", exports.archive, name="snapshot-archive"),
    path("snapshots/<uuid:snapshot>/deliver/", destinations.deliver, name="snapshot-deliver"),
    path("snapshots/<uuid:snapshot>/deliveries/", destinations.deliveries, name="snapshot-deliveries"),
    path("snapshots/<uuid:snapshot>/models/", sources.index_of_snapshot, name="snapshot-models"),
    path("snapshots/<uuid:snapshot>/models/compute/", sources.compute_of_snapshot, name="snapshot-models-compute"),
    path("snapshots/<uuid:snapshot>/models/progress/", sources.progress_of_snapshot, name="snapshot-models-progress"),
    path("snapshots/<uuid:snapshot>/models/file/", sources.file_of_snapshot, name="snapshot-models-file"),
]
