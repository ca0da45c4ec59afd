"""Where transformers keeps the head of a sequence classifier, family by family, so that ours opens elsewhere too."""

from typing import Any, NamedTuple


class Family(NamedTuple):
    """How a model family turns hidden states into one number.

    `dense` → `activation` → `out` on one token's hidden state, or `out` alone where there is no dense layer.
    """

    token: str  # "first" or "last" attended token
    dense: str  # the name of the dense layer's tensors, "" where there is none
    out: str
    activation: str  # "tanh", "gelu", "relu" or "none"
    out_has_bias: bool = True


BERT = Family("first", "bert.pooler.dense", "classifier", "tanh")
ROBERTA = Family("first", "classifier.dense", "classifier.out_proj", "tanh")
DECODER = Family("last", "", "score", "none", out_has_bias=False)

FAMILIES: dict[str, Family] = {
    "bert": BERT,
    "albert": Family("first", "albert.pooler", "classifier", "tanh"),
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
    "camembert": ROBERTA,
    "mpnet": ROBERTA,
    "electra": Family("first", "classifier.dense", "classifier.out_proj", "gelu"),
    "distilbert": Family("first", "pre_classifier", "classifier", "relu"),
}
DECODERS = """
llama mistral mixtral qwen2 qwen3 gemma gemma2 phi phi3 gpt2 gpt_neo gpt_neox gptj falcon opt bloom stablelm starcoder2
smollm3
"""
FAMILIES.update(dict.fromkeys(DECODERS.split(), DECODER))


class UnknownFamily(ValueError):
    """A sentence that names the family and those that are known."""


def of(config: Any) -> Family:
    """The family of a transformers configuration."""
    family = FAMILIES.get(config.model_type)
    if family is None:
        known = ", ".join(sorted(FAMILIES))
        raise UnknownFamily(f"A reward cannot be learned on a {config.model_type} model yet; known are: {known}.")
    return family
