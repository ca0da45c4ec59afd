from django.urls import include, path
from rest_framework.routers import SimpleRouter

from jobs.resources import Jobs

router = SimpleRouter(use_regex_path=False)
router.register("jobs", Jobs, basename="api-job")

urlpatterns = [path("", include(router.urls))]
