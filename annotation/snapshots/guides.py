"""What each layout and format is good for, in a sentence, and the lines that open it."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from annotation.snapshots.exports import Export
from web.words import Words

LAYOUT_USES: dict[str, Words] = {
    "raw": _("Every judgment with all that was said, who said it and in which order the answers stood. Loses nothing."),
    "preference": _("Prompt, chosen, rejected. What TRL calls preference with an explicit prompt: DPO, reward models."),
    "preference-implicit": _("Chosen and rejected, each with the prompt: what TRL's RewardTrainer likes best."),
    "unpaired": _("Prompt, completion, true or false: KTO and classifiers."),
    "cardinal": _("Transcripts with what the first is worth more than the second: CardinalPrefs."),
    "ranking": _("A prompt, its answers and their ranks, 0 is best."),
    "rating": _("One row an aspect: prompt, completion, aspect, mark from 1 to 5."),
    "nemo": _("Context and completions with ranks: NeMo-RL and NeMo-Aligner."),
}
FORMAT_USES: dict[str, Words] = {
    "jsonl": _("One JSON object a line. Opens everywhere."),
    "jsonl.gz": _("The same, compressed; datasets and pandas read it as it is."),
    "parquet": _("Typed columns, the fastest to load for datasets and pandas."),
    "csv": _("For spreadsheets and people. Cells that a spreadsheet would run get an apostrophe before them."),
}
TRAINERS = {"preference": "DPOTrainer", "preference-implicit": "RewardTrainer", "unpaired": "KTOTrainer"}
BUILDERS = {"jsonl": "json", "jsonl.gz": "json", "parquet": "parquet", "csv": "csv"}
READERS = {
    "jsonl": "read_json({name!r}, lines=True)",
    "jsonl.gz": "read_json({name!r}, lines=True)",
    "parquet": "read_parquet({name!r})",
    "csv": "read_csv({name!r})",
}


class Snippet(NamedTuple):
    name: str
    language: str
    text: str


def snippets(export: Export, address: str) -> list[Snippet]:
    """The same file by curl, datasets, pandas and, where a trainer reads it, TRL. `address` is the server's."""
    name = export.filename
    query = "&".join(f"{key}={value}" for key, value in choice(export).items())
    call = f"{address}/api/v1/snapshots/{export.snapshot.pk}/export/?{query}"
    load = f'rows = load_dataset("{BUILDERS[export.format]}", data_files={name!r}, split="train")'
    pandas = READERS[export.format].format(name=name)
    found = [
        Snippet("curl", "bash", f'curl -sS -H "Authorization: Bearer $TOKEN" -o {name} \\\n  "{call}"'),
        Snippet("datasets", "python", f"from datasets import load_dataset\n\n{load}"),
        Snippet("pandas", "python", f"import pandas\n\nrows = pandas.{pandas}"),
    ]
    trainer = TRAINERS.get(export.layout)
    if trainer and export.part == "main" and export.format != "csv":
        lines = f"from datasets import load_dataset\nfrom trl import {trainer}\n\n{load}\n"
        found.append(Snippet("TRL", "python", f"{lines}{trainer}(model=model, train_dataset=rows).train()"))
    return found


def choice(export: Export) -> dict[str, str]:
    """The querystring of this file, without what is the default."""
    given = {"layout": export.layout, "format": export.format, "split": export.split, "part": export.part}
    return {name: value for name, value in given.items() if value and value != "main"}
