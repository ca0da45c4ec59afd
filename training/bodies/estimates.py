"""What the API takes to estimate a run."""

from rest_framework import serializers

from training.bodies.wishes import RunWishSerializer


class EstimateWishSerializer(RunWishSerializer):
    """The body of a run, which need not have a name yet."""

    name = serializers.CharField(max_length=200, required=False, default="")
