from django.urls import path

from rewardmodels.pages import models, wishes

urlpatterns = [
    path("reward-models/", models.index, name="reward-models"),
    path("reward-models/new/", wishes.new, name="reward-model-new"),
    path("reward-models/<uuid:pk>/", models.page, name="reward-model"),
    path("reward-models/<uuid:pk>/status/", models.status, name="reward-model-status"),
    path("reward-models/<uuid:pk>/cancel/", models.cancel, name="reward-model-cancel"),
    path("reward-models/<uuid:pk>/retry/", models.retry, name="reward-model-retry"),
    path("reward-models/<uuid:pk>/standing/", models.standing, name="reward-model-standing"),
    path("reward-models/<uuid:pk>/compare/", models.compare, name="reward-model-compare"),
    path("reward-models/<uuid:pk>/download/", models.download, name="reward-model-download"),
    path("reward-models/<uuid:pk>/delete/", models.delete, name="reward-model-delete"),
]
