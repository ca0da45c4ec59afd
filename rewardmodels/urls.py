from django.urls import path

from rewardmodels.pages import asking, batches, choosing, comparing, curves, importing, lineage, models, wishes

urlpatterns = [
    path("projects/<uuid:project>/order/", choosing.index, name="project-order"),
    path("projects/<uuid:project>/order/replay/", choosing.replay, name="project-order-replay"),
    path("projects/<uuid:project>/order/progress/", choosing.progress, name="project-order-progress"),
    path("projects/<uuid:project>/order/automatic/", choosing.automatic, name="project-order-automatic"),
    path("reward-models/", models.index, name="reward-models"),
    path("reward-models/new/", wishes.new, name="reward-model-new"),
    path("reward-models/import/", importing.bring, name="reward-model-import"),
    path("reward-models/compare/", comparing.choose, name="reward-models-compare"),
    path("reward-models/compare/<uuid:job>/", comparing.comparison, name="reward-model-comparison"),
    path("reward-models/compare/<uuid:job>/status/", comparing.status, name="reward-model-comparison-status"),
    path("reward-models/ask/", asking.ask, name="reward-models-ask"),
    path("reward-models/<uuid:pk>/", models.page, name="reward-model"),
    path("reward-models/<uuid:pk>/status/", models.status, name="reward-model-status"),
    path("reward-models/<uuid:pk>/cancel/", models.cancel, name="reward-model-cancel"),
    path("reward-models/<uuid:pk>/retry/", models.retry, name="reward-model-retry"),
    path("reward-models/<uuid:pk>/learning-curve/", curves.draw, name="reward-model-curve"),
    path("reward-models/<uuid:pk>/judgments/", lineage.judgments, name="reward-model-judgments"),
    path("reward-models/<uuid:pk>/batches/", batches.index, name="reward-model-batches"),
    path("reward-models/<uuid:pk>/batches/<uuid:job>/", batches.batch, name="reward-model-batch"),
    path("reward-models/<uuid:pk>/batches/<uuid:job>/status/", batches.status, name="reward-model-batch-status"),
    path("reward-models/<uuid:pk>/batches/<uuid:job>/download/", batches.download, name="reward-model-scores"),
    path("reward-models/<uuid:pk>/standing/", models.standing, name="reward-model-standing"),
    path("reward-models/<uuid:pk>/download/", models.download, name="reward-model-download"),
    path("reward-models/<uuid:pk>/delete/", models.delete, name="reward-model-delete"),
]
