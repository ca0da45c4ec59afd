from django.urls import include, path
from rest_framework.routers import SimpleRouter

from rewardmodels.resources import RewardModels

router = SimpleRouter(use_regex_path=False)
router.register("reward-models", RewardModels, basename="api-reward-model")

urlpatterns = [path("", include(router.urls))]
