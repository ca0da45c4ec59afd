"""A causal model of a dozen words, and rewards that count them."""

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lm import causal
from lm.templates import Message
from rewardmodels.learning.rewards import Score
from training.learning.commissions import NEVER, Commission
from training.learning.settings import algorithms, plan

WORDS = ["<pad>", "<end>", "<user>", "<assistant>", "a", "b", "c", "d"]
TEMPLATE = (
    "{% for message in messages %}{{ '<' + message['role'] + '> ' + message['content'] + ' <end> ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
)


def make_tokenizer():
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>")
    made.add_special_tokens({"additional_special_tokens": ["<user>", "<assistant>"]})
    made.chat_template = TEMPLATE
    return made


def save_policy(folder, seed=5):
    tokenizer = make_tokenizer()
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        max_position_embeddings=64,
        eos_token_id=1,
        pad_token_id=0,
        bos_token_id=None,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def asked(*texts):
    return [(Message(role="user", content=text),) for text in texts]


PROMPTS = asked("a b", "c", "d d a", "b c d a")


class Count:
    """How often a word is in an answer."""

    unit = "words"
    own = {"form": "count"}

    def __init__(self, word, spread=None):
        self.word, self.spread = word, spread

    def score(self, items, *, budget=8_192):
        counts = [float(text.split().count(self.word)) for _, text in items]
        return [Score(one, one, 1, True, self.spread) for one in counts]

    def backbones(self):
        return ()

    def modules(self):
        return ()


SMALL = {"prompts": 3, "samples": 4, "max_new_tokens": 6, "max_prompt": 16, "window": 2, "learning_rate": 0.01}


def commission(
    folder,
    components=None,
    kl=None,
    *,
    algorithm="rloo",
    seed=0,
    steps=6,
    policy=None,
    looking=NEVER,
    **settings,
):
    """A run of the small policy; the folder of its policy lies beside."""
    components = components or [{"name": "a", "weight": 1.0}]
    rewards = {one["name"]: Count(one["name"][0]) for one in components}
    given = dict(SMALL) | settings
    return Commission(
        policy=policy or causal.open_folder(save_policy(folder / "policy"), "small"),
        prompts=PROMPTS,
        rewards=rewards,
        plan=plan.read(components, kl),
        settings=algorithms.read(algorithm, given),
        seed=seed,
        steps=steps,
        folder=folder / "run",
        looking=looking,
    )
