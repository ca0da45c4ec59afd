"""One small file of each layout that is recognised, to copy and to try."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from web.words import Words


class Example(NamedTuple):
    name: str
    title: Words
    use: Words
    text: str


EXAMPLES = (
    Example(
        "own",
        _("Prompt and responses"),
        _("One to eight answers to judge, with or without their source. The prompt is a text or a list of messages."),
        '{"prompt": "How do I boil an egg?", "responses": ["Eight minutes in boiling water.", "Just do it."]}\n'
        '{"id": "q-2", "prompt": [{"role": "user", "content": "What is a lake?"}], "responses": '
        '[{"text": "Still water with land around it.", "source": "model-a"}, {"text": "Wet.", "source": "model-b"}]}',
    ),
    Example(
        "preference",
        _("Chosen and rejected (TRL)"),
        _("Pairs that were judged already. As tasks, people judge them again and the label is not shown."),
        '{"prompt": "How do I boil an egg?", "chosen": "Eight minutes in boiling water.", "rejected": "Just do it."}\n'
        '{"chosen": [{"role": "user", "content": "What is a lake?"}, {"role": "assistant", "content": "Still water '
        'with land around it."}], "rejected": [{"role": "user", "content": "What is a lake?"}, {"role": "assistant", '
        '"content": "Wet."}], "annotator": "ann-1"}',
    ),
    Example(
        "unpaired",
        _("Single answers, good or not (TRL unpaired)"),
        _("One answer a record; its label is true or false."),
        '{"prompt": "How do I boil an egg?", "completion": "Eight minutes in boiling water.", "label": true}\n'
        '{"prompt": "What is a lake?", "completion": "Wet.", "label": false}',
    ),
    Example(
        "cardinal",
        _("Amounts of money (CardinalPrefs)"),
        _("Two whole conversations that differ in the last answer, and what the first is worth more than the second."),
        '{"prompt": "What is a lake?", "response1": "\\n\\nHuman: What is a lake?\\n\\nAssistant: Still water with '
        'land around it.", "response2": "\\n\\nHuman: What is a lake?\\n\\nAssistant: Wet.", "net_utility": 1.5, '
        '"labeler": "ann-1"}',
    ),
    Example(
        "table",
        _("A table (CSV or Parquet)"),
        _("The same names as columns. A cell that holds a JSON list or object is read as such."),
        'prompt,chosen,rejected\n"How do I boil an egg?","Eight minutes in boiling water.","Just do it."\n'
        '"What is a lake?","Still water with land around it.","Wet."',
    ),
)
