from django.urls import path

from api.resources import Methods

urlpatterns = [path("api/v1/methods/", Methods.as_view(), name="api-methods")]
