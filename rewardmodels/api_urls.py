from django.urls import include, path
from rest_framework.routers import SimpleRouter

from rewardmodels.resources import batches, choosing, importing, serving
from rewardmodels.resources.models import RewardModels

router = SimpleRouter(use_regex_path=False)
router.register("reward-models", RewardModels, basename="api-reward-model")

urlpatterns = [
    path("projects/<uuid:project>/order/", choosing.Order.as_view(), name="api-project-order"),
    path("projects/<uuid:project>/order/replays/", choosing.Replays.as_view(), name="api-project-order-replays"),
    path(
        "projects/<uuid:project>/order/<uuid:order>/tasks/",
        choosing.OrderTasks.as_view(),
        name="api-project-order-tasks",
    ),
    path("reward-models/import/", importing.Import.as_view(), name="api-reward-model-import"),
    path("reward-models/<uuid:pk>/batches/", batches.Batches.as_view(), name="api-reward-model-batches"),
    path("reward-models/<uuid:pk>/batches/<uuid:job>/", batches.OneBatch.as_view(), name="api-scores"),
    path("reward-models/<uuid:pk>/openrlhf/", serving.RemoteReward.as_view(), name="api-reward-model-openrlhf"),
    path("", include(router.urls)),
]
