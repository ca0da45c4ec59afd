"""Language models that rate answers: of this machine, or behind an address, where the operator allows it.

Addresses are called by the one outgoing client. Imported without torch; it comes in when a judge is opened.
"""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from django.conf import settings
from django.utils.translation import gettext as _

from api.refusals import Invalid
from rewardmodels import places
from rewardmodels.learning.settings.compositional import Compositional, is_address
from web import outgoing

if TYPE_CHECKING:
    from lm.causal import Causal
    from rewardmodels.learning.composition.judges import Judge, Reply

SECONDS = 60.0  # that one rating may take
MOST_BYTES = 256 * 1024
_local: "WeakValueDictionary[str, Causal]" = WeakValueDictionary()  # two rewards that ask one model hold it once


def check(chosen: Compositional) -> None:
    """Invalid where the operator does not allow this judge; whether it answers is found out by the worker."""
    from lm import names

    if not chosen.judge:
        return
    try:
        if is_address(chosen.judge):
            outgoing.allowed(endpoint(chosen.judge))
        else:
            names.locate(chosen.judge, places.sources())
    except (outgoing.Refused, names.Unavailable) as error:
        raise Invalid(str(error), field="settings.judge") from None


def endpoint(address: str) -> str:
    """Where chat completions are asked for: below the address that ends in /v1, as OpenAI's own clients take it."""
    return f"{address.rstrip('/')}/chat/completions"


def open_judge(*, name: str, model: str, reading: str) -> "Judge":
    """The judge of that name, ready to rate."""
    from lm import causal
    from rewardmodels.learning.composition import judges

    if is_address(name):
        return judges.Address(name, model, lambda body: post(name, body))
    opened = _local.get(name)
    if opened is None:
        opened = _local[name] = causal.load(name, places.sources())
    return judges.Local(opened, reading)


def post(address: str, body: dict[str, Any]) -> "Reply":
    """Send one question; what came back, or why nothing did."""
    from rewardmodels.learning.composition.judges import Reply, Unanswered

    headers = {"Content-Type": "application/json", "Accept": "application/json", **authorization(address)}
    limits = outgoing.Limits(SECONDS, MOST_BYTES)
    try:
        answer = outgoing.send(outgoing.Call("POST", endpoint(address), json.dumps(body).encode(), headers, limits))
    except outgoing.Refused as error:
        raise Unanswered(str(error)) from None
    except outgoing.Failed as error:
        return Reply(0, b"", why=str(error))
    return Reply(answer.status, answer.body, retry_after(answer.headers.get("retry-after", "")))


def retry_after(text: str) -> float:
    """Seconds; a date counts as none, for the client waits longer and longer anyway."""
    return float(text) if text.isdecimal() else 0.0


def authorization(address: str) -> dict[str, str]:
    """The operator's key for this host, if there is one: people never see it, and no other host is sent it."""
    host = urlsplit(address).netloc.lower()
    key = settings.MODEL_KEYS.get(host)
    return {"Authorization": f"Bearer {key}"} if key else {}


def said(asked: dict[str, Any]) -> str:
    """The judge as people know it."""
    return (
        _("{model} at {address}").format(model=asked["model"], address=asked["name"])
        if asked["model"]
        else asked["name"]
    )
