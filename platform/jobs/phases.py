"""What a job is doing, in the language of whoever reads it: workers keep it as one plain sentence of English.

The sentences are said by code that knows nothing of languages. Each stands here once, with names for what is put into
it; a test holds the list to the sources.
"""

import re
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

PLAIN = {
    gettext_noop("Answering prompts held out"),
    gettext_noop("Sampling a policy to set beside it"),
    gettext_noop("Answers of the reference"),
    gettext_noop("Asking once more"),
    gettext_noop("Asking the reference"),
    gettext_noop("Calibrating and evaluating"),
    gettext_noop("Checking known answers"),
    gettext_noop("Choosing"),
    gettext_noop("Choosing the strength"),
    gettext_noop("Choosing the weight decay"),
    gettext_noop("Comparing amounts"),
    gettext_noop("Comparing with the model as it came"),
    gettext_noop("Copying"),
    gettext_noop("Drawing prompts again for the intervals"),
    gettext_noop("Drawing tasks again for the intervals"),
    gettext_noop("Drawing the pool"),
    gettext_noop("Encoding"),
    gettext_noop("Encoding with the learned backbone"),
    gettext_noop("Fitting"),
    gettext_noop("Fitting the members"),
    gettext_noop("Keeping the figures"),
    gettext_noop("Laying a surface"),
    gettext_noop("Learning"),
    gettext_noop("Learning heads for rated aspects"),
    gettext_noop("Learning slopes and scales from held-out judgments"),
    gettext_noop("Learning the backbone"),
    gettext_noop("Learning the policy"),
    gettext_noop("Loading the backbone"),
    gettext_noop("Loading the model"),
    gettext_noop("Looking at each annotator"),
    gettext_noop("Looking for the proxy point"),
    gettext_noop("Measuring"),
    gettext_noop("Measuring the reference"),
    gettext_noop("Opening the model"),
    gettext_noop("Opening the policies"),
    gettext_noop("Opening the policy"),
    gettext_noop("Opening the reward models"),
    gettext_noop("Pushing arm after arm"),
    gettext_noop("Pushing the policy"),
    gettext_noop("Reading judgments"),
    gettext_noop("Reading rows"),
    gettext_noop("Reading tasks"),
    gettext_noop("Rendering"),
    gettext_noop("Sampling answers"),
    gettext_noop("Sampling the reference"),
    gettext_noop("Saving"),
    gettext_noop("Scoring"),
    gettext_noop("Scoring answers"),
    gettext_noop("Scoring the reference"),
    gettext_noop("Scoring the snapshot"),
    gettext_noop("Unpacking"),
    gettext_noop("Waiting for people"),
    gettext_noop("Weighing"),
    gettext_noop("What was found, once more"),
    gettext_noop("tokenizer"),
    gettext_noop("training"),
}
FILLED = (  # longer ones before those that would match their beginning
    gettext_noop("At {share} % of the last policy"),
    gettext_noop("Best of n: {what}"),
    gettext_noop("Making the policy: {phase}"),
    gettext_noop("Member {number} of {count}: {phase}"),
    gettext_noop("Opening {what}"),
    gettext_noop("Packing {what}"),
    gettext_noop("Proposal {number} is measured again"),
    gettext_noop("Proposal {number}"),
    gettext_noop("RLOO: {what}, seed {number}"),
    gettext_noop("{number} judgments"),
    gettext_noop("{number} records read"),
    gettext_noop("{number} scored"),
    gettext_noop("{number} tasks"),
    gettext_noop("{phase}: run {number} of {count}"),
)
VALUES = {"number": r"\d+", "count": r"\d+", "share": r"[\d.]+"}  # else any text


def shown(phase: str) -> str:
    """What is not known is shown as it was said."""
    if phase in PLAIN:
        return _(phase)
    for sentence in FILLED:
        if found := pattern(sentence).fullmatch(phase):
            values = found.groupdict()
            if "phase" in values:
                values["phase"] = shown(values["phase"])
            return _(sentence).format(**values)
    return phase


def is_known(phase: str) -> bool:
    return phase in PLAIN or any(pattern(sentence).fullmatch(phase) for sentence in FILLED)


@cache
def pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    texts, names = parts[::2], parts[1::2]
    groups = [f"(?P<{name}>{VALUES.get(name, '.+')})" for name in names] + [""]
    return re.compile("".join(re.escape(text) + group for text, group in zip(texts, groups, strict=True)), re.DOTALL)
