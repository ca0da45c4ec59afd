from django.urls import include, path
from rest_framework.routers import SimpleRouter

from hooks.resources import Webhooks

router = SimpleRouter(use_regex_path=False)
router.register("webhooks", Webhooks, basename="api-webhook")

urlpatterns = [path("", include(router.urls))]
