"""Every address of the product; each app names its own below."""

from django.urls import include, path

urlpatterns = [  # programs first: what is asked most often is found soonest
    path("api/v1/", include("annotation.api_urls")),
    path("api/v1/", include("accounts.api_urls")),
    path("api/v1/", include("audit.api_urls")),
    path("api/v1/", include("jobs.api_urls")),
    path("api/v1/", include("hooks.api_urls")),
    path("api/v1/", include("rewardmodels.api_urls")),
    path("api/v1/", include("training.api_urls")),
    path("w/<slug:slug>/", include("annotation.urls")),
    path("w/<slug:slug>/", include("accounts.urls")),
    path("w/<slug:slug>/", include("jobs.urls")),
    path("w/<slug:slug>/", include("hooks.urls")),
    path("w/<slug:slug>/", include("rewardmodels.urls")),
    path("w/<slug:slug>/", include("training.urls")),
    path("", include("accounts.own_urls")),
    path("", include("api.urls")),
    path("", include("web.urls")),
    path("", include("jobs.health_urls")),
]

handler400 = "config.handlers.bad_request"
handler403 = "config.handlers.forbidden"
handler404 = "config.handlers.not_found"
handler500 = "config.handlers.broken"
