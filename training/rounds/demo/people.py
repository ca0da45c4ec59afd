"""The simulated annotators of the demo: what sets each apart is known, and the quality page has to find it."""

from dataclasses import replace

from rewardmodels.learning.world.annotators import Annotator

CAREFUL = Annotator("careful", noise=0.25, tie_within=0.25, bar=1.6, seconds=35.0)
CROWD = (
    replace(CAREFUL, name="careful-1"),
    replace(CAREFUL, name="careful-2", seconds=28.0),
    replace(CAREFUL, name="hasty", noise=2.5, tie_within=0.5, seconds=5.0),
    replace(CAREFUL, name="left-biased", noise=0.5, leaning=1.5, seconds=20.0),
    replace(CAREFUL, name="generous with money", noise=0.4, money=3.0, bar=0.8, seconds=25.0),
)
