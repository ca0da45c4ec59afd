"""What code counts of an answer, as something that a search makes higher or lower: figures that need no model."""

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from rewardmodels.learning.composition.writing import FEATURES, Feature

CODE, LESS = "code:", "-"
WITHIN = str.maketrans("“”", "‘’")  # quotes that stand within quotes
BY_NAME = {feature.name: feature for feature in FEATURES}


class Metric(NamedTuple):
    """A count, or the less of it the better."""

    feature: Feature
    is_less: bool

    @property
    def key(self) -> str:
        return f"{CODE}{LESS if self.is_less else ''}{self.feature.name}"

    @property
    def title(self) -> str:
        """As it is measured: what is to be low counts negative."""
        title = _(self.feature.title)
        return _("minus {what}").format(what=title) if self.is_less else title

    @property
    def aim(self) -> str:
        said = _("less of “{what}”") if self.is_less else _("more of “{what}”")
        return said.format(what=_(self.feature.title).translate(WITHIN))

    @property
    def described(self) -> dict[str, Any]:
        return {"key": self.key, "title": self.key, "unit": "", "model": ""}


ALL = {one.key: one for feature in FEATURES for one in (Metric(feature, is_less=False), Metric(feature, is_less=True))}
