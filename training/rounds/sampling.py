"""Policies answer frozen prompts, and what they say lies in a file that an import reads. Run by the worker alone."""

import json
from typing import TYPE_CHECKING, Any

from jobs.work import Failed, Work
from training import opened
from training.references import running as looks
from training.rounds import answers as kept

if TYPE_CHECKING:
    from training.learning.policies import Policy

AT_ONCE = 16  # prompts between two looks at whether somebody asked to stop
BUDGET = 16_384  # tokens of one pass


def run(work: Work) -> dict[str, Any]:
    """Each of the job's voices answers every prompt once; prompts whose answers are all alike are left out."""
    from training.learning import beside

    asked = work.arguments
    conversations = looks.conversations(asked["prompts_sha256"])
    chosen = drawn_prompts(asked["seed"], len(conversations), asked["count"])
    texts: list[list[str]] = []
    for number, voice in enumerate(asked["voices"]):
        share = number / len(asked["voices"])
        work.progress(share, f"Opening {voice['policy']}")
        causal = opened.policy(work, work.workspace(), voice["policy"])
        policy = beside.still(causal, asked["max_prompt"], asked["max_new_tokens"])
        texts.append(said(work, policy, [conversations[each] for each in chosen], number))
        del causal, policy
    records = [
        record(conversations[each], asked["voices"], answers)
        for each, *answers in zip(chosen, *texts, strict=True)
        if len(set(answers)) == len(answers) and all(text.strip() for text in answers)
    ]
    if not records:
        raise Failed("To every prompt the answers were the same, or empty: there is nothing to compare.")
    keep(work, records)
    return {"prompts": len(records), "left_out": len(chosen) - len(records)}


def drawn_prompts(seed: int, prompts: int, wanted: int) -> list[int]:
    from training.learning import rollouts

    return rollouts.order(seed, prompts, 0, min(wanted, prompts))


def said(work: Work, policy: "Policy", prompts: list[Any], voice: int) -> list[str]:
    """Random numbers are keyed by seed, voice and prompt: what is sampled together changes nothing."""
    import torch

    from training.learning import rollouts

    asked, texts = work.arguments, []
    for start in range(0, len(prompts), AT_ONCE):
        share = (voice + start / len(prompts)) / len(asked["voices"])
        work.progress(share, "Sampling answers")
        batch = prompts[start : start + AT_ONCE]
        drawn = torch.stack(
            [
                rollouts.numbers(asked["max_new_tokens"], asked["seed"], f"voice {voice}", start + each)
                for each in range(len(batch))
            ]
        )
        texts += rollouts.sample(policy, batch, drawn, BUDGET).texts
    return texts


def record(conversation: Any, voices: list[dict[str, str]], answers: list[str]) -> dict[str, Any]:
    """As an import reads it; the source tells which voice it was, and annotators are not told."""
    prompt = [{"role": turn["role"], "content": turn["content"]} for turn in conversation]
    legible = [text.replace("\x00", "�") for text in answers]  # which a database keeps no text with
    responses = [{"text": text, "source": voice["source"]} for voice, text in zip(voices, legible, strict=True)]
    return {"prompt": prompt, "responses": responses}


def keep(work: Work, records: list[dict[str, Any]]) -> None:
    """The file appears whole, while this attempt holds the job."""
    target = kept.place(work.job_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{work.attempt}")
    draft.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records))
    with work.holding():
        draft.replace(target)
