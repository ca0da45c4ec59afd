from django.urls import include, path
from rest_framework.routers import SimpleRouter

from training.resources import estimates, proxy_points, references, searches
from training.resources.campaigns import Campaigns
from training.resources.runs import Runs
from training.resources.studies import Studies

router = SimpleRouter(use_regex_path=False)
router.register("runs", Runs, basename="api-run")
router.register("studies", Studies, basename="api-study")
router.register("campaigns", Campaigns, basename="api-campaign")

urlpatterns = [
    path("references/", references.References.as_view(), name="api-references"),
    path("references/<uuid:job>/", references.Reference.as_view(), name="api-reference"),
    path("proxy-points/", proxy_points.ProxyPoints.as_view(), name="api-proxy-points"),
    path("proxy-points/<uuid:job>/", proxy_points.ProxyPoint.as_view(), name="api-proxy-point"),
    path("threshold-searches/", searches.ThresholdSearches.as_view(), name="api-threshold-searches"),
    path("threshold-searches/<uuid:job>/", searches.ThresholdSearch.as_view(), name="api-threshold-search"),
    path("threshold-searches/<uuid:job>/go-on/", searches.GoOn.as_view(), name="api-threshold-search-go-on"),
    path("estimates/", estimates.Estimates.as_view(), name="api-estimates"),
    path("estimates/<uuid:job>/", estimates.Estimate.as_view(), name="api-estimate"),
    path("", include(router.urls)),
]
