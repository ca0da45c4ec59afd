from django.urls import path

from audit.resources import Trail

urlpatterns = [path("audit/", Trail.as_view(), name="api-audit")]
