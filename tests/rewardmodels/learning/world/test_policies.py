"""The world's policy: made once and whole, resumed to the same bits, opened by transformers, read by our renderer."""

import json
import math
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from lm import backbones
from lm.names import Sources, Unavailable, locate
from lm.rendering import Renderer
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.world import corpus, entropy, following, policies, prompts, training
from rewardmodels.learning.world.grammar import STANDARD
from rewardmodels.learning.world.recipe import STANDARD_RECIPE, Recipe

TINY = Recipe(layers=1, width=32, feed_forward=64, heads=2, vocabulary=400, positions=256, steps=40, batch=4, warmup=5)


class Stopped(Exception):
    """The power went."""


@pytest.fixture(scope="module", autouse=True)
def few_texts():
    """A tokenizer of a tenth of the texts is made in a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "TOKENIZER_TEXTS", 400)
        yield


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    found = tmp_path_factory.mktemp("models")
    policies.make(found, TINY)
    return found


@pytest.fixture(scope="module")
def tokenizer():
    return corpus.make_tokenizer(TINY)


def weights(folder):
    return AutoModelForCausalLM.from_pretrained(folder).state_dict()


def test_the_folder_opens_as_any_causal_model(root):
    folder = policies.folder_of(root, TINY)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert type(model).__name__ == "LlamaForCausalLM"
    assert model.config.pad_token_id == tokenizer.pad_token_id != tokenizer.eos_token_id == model.config.eos_token_id
    assert model.generation_config.do_sample
    assert model.generation_config.top_k == 0
    assert not [path.name for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pkl"}]
    assert "Simulated" in (folder / "README.md").read_text()


def test_it_is_made_once(root):
    folder = policies.folder_of(root, TINY)
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert policies.make(root, TINY, Observer(report=lambda step, values: pytest.fail("trained again"))) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    assert [path.name for path in root.iterdir()] == [folder.name]  # no draft and no checkpoint is left


def test_an_interrupted_training_goes_on_to_the_same_weights(root, tmp_path):
    def stop(step: int, values: dict[str, float]) -> None:
        if step == 30:
            raise Stopped

    with pytest.raises(Stopped):
        policies.make(tmp_path, TINY, Observer(report=stop))
    assert not policies.is_made(tmp_path, TINY)
    resumed: list[int] = []
    policies.make(tmp_path, TINY, Observer(resumed=resumed.append))
    assert resumed == [25]
    whole, parts = weights(policies.folder_of(root, TINY)), weights(policies.folder_of(tmp_path, TINY))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_nothing_half_written_is_left_where_writing_fails(tmp_path):
    def fail(draft) -> None:
        (draft / "config.json").write_text("{}")
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space left"):
        policies.whole(tmp_path / "policy", fail)
    assert list(tmp_path.iterdir()) == []


def test_of_two_makers_the_first_one_stays(tmp_path):
    folder = tmp_path / "policy"

    def write(draft) -> None:
        (draft / policies.OWN).write_text("{}")

    policies.whole(folder, write)
    policies.whole(folder, write)  # the second finds the place taken
    assert [path.name for path in tmp_path.iterdir()] == ["policy"]


def test_another_recipe_or_grammar_has_another_folder(tmp_path):
    others = [replace(TINY, steps=41), replace(TINY, grammar=replace(STANDARD, places=STANDARD.places[:2]))]
    assert len({policies.folder_of(tmp_path, one) for one in (TINY, STANDARD_RECIPE, *others)}) == 4


def test_it_says_how_near_it_comes_to_the_grammar(root):
    own = json.loads((policies.folder_of(root, TINY) / policies.OWN).read_text())
    assert own["entropy"] == entropy.of_answers(STANDARD)
    assert own["held_out_nats"] > own["entropy"]


def test_it_has_a_name_once_it_is_made(root):
    built = {policies.NAME: policies.folder_of(root, TINY)}
    assert locate(policies.NAME, Sources(built=built)).folder == built[policies.NAME]
    assert backbones.load(policies.NAME, Sources(built=built)).is_causal
    with pytest.raises(Unavailable, match="has not been made on this machine yet"):
        locate(policies.NAME, Sources(built=policies.built(root)))
    with pytest.raises(Unavailable, match="There is no builtin:textworld"):
        locate(policies.NAME, Sources())


def test_training_tokens_are_those_of_the_one_renderer(tokenizer):
    renderer = Renderer(tokenizer, tokenizer.chat_template, max_length=256, max_prompt=96)
    for request in prompts.draw(5, 40):
        answer = "Here is your hot tea. Thank you so much."
        rendered = renderer.render(request.messages, answer)
        ((ids, prompt_length),) = corpus.tokenized(tokenizer, [(corpus.written(request), answer + corpus.END)])
        assert (tuple(ids), prompt_length) == (rendered.ids, rendered.prompt_length)
        assert rendered.is_whole
        assert not rendered.seam_moved


def test_the_tokenizer_writes_any_text(tokenizer):
    text = "Grüße, 世界 🙂\n\ttabs"
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text
    assert len(tokenizer) == TINY.vocabulary


def test_the_loss_counts_the_answer_and_its_end_alone(tokenizer):
    model = training.make_model(TINY, tokenizer).eval()
    lesson = corpus.lessons(TINY, tokenizer, 0, 1)[0]
    by_hand = 0.0
    for row, counts in zip(lesson.ids, lesson.counts, strict=True):
        logs = model(row[None]).logits[0].log_softmax(-1)
        by_hand -= sum(logs[place - 1, row[place]].item() for place in counts.nonzero()[:, 0].tolist())
        assert row[counts][-1] == tokenizer.eos_token_id
    assert training.nats(model, lesson).item() == pytest.approx(by_hand, rel=1e-5)


def test_a_model_that_knows_nothing_is_as_surprised_as_its_vocabulary_is_large(tokenizer):
    model = training.make_model(TINY, tokenizer)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    lesson = corpus.lessons(TINY, tokenizer, 0, 1)[0]
    expected = int(lesson.counts.sum()) * math.log(len(tokenizer))
    assert training.nats(model, lesson).item() == pytest.approx(expected, rel=1e-5)


def test_training_never_sees_what_is_held_out(tokenizer):
    for text, _ in corpus.pairs(TINY.grammar, 0, 300, "chunk", 0):
        turns = text.replace("<|assistant|>", "<|user|>").split("<|user|>")
        item, allergen = turns[1].split()[1].rstrip(","), turns[1].split()[3].rstrip(",")
        assert not prompts.is_held_out_pair(item, allergen)


def test_rates_rise_stay_and_fall():
    rates = [training.rate_share(STANDARD_RECIPE, step) for step in range(STANDARD_RECIPE.steps)]
    assert rates[0] < rates[10] < rates[60] == 1.0
    assert rates[-1] == 0.02
    assert max(rates) == 1.0


def test_a_loss_that_is_no_number_ends_with_a_sentence(tokenizer):
    model = training.make_model(TINY, tokenizer)
    with torch.no_grad():
        model.model.norm.weight.fill_(math.nan)
    with pytest.raises(training.Diverged, match="no longer a number after step 7"):
        training.one_step(model, training.Optimisers(model, TINY), corpus.lessons(TINY, tokenizer, 0, 1)[0], 7, 100.0)


def test_t9_a_short_answer_counts_for_no_more_than_a_long_one(tokenizer):
    """Batches of like lengths, one after the other, have the gradient of all answers at once."""
    model = training.make_model(TINY, tokenizer)
    lessons = corpus.lessons(TINY, tokenizer, 0, 5)
    assert len({lesson.ids.shape[1] for lesson in lessons}) > 1
    tokens = corpus.token_counts(lessons) / len(lessons)

    class Summing(training.Optimisers):
        def step(self, number: int) -> None:
            """Gradients add up."""

    for number, lesson in enumerate(lessons):
        training.one_step(model, Summing(model, TINY), lesson, number, tokens)
    summed = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    (sum(training.nats(model, lesson) for lesson in lessons) / tokens).backward()
    for parameter, expected in zip(model.parameters(), summed, strict=True):
        assert torch.allclose(parameter.grad, expected, rtol=1e-5, atol=1e-7)


def test_making_a_policy_leaves_the_callers_random_numbers_alone(tokenizer):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    training.make_model(TINY, tokenizer)
    assert torch.rand(1) == expected


def test_answers_follow_the_seed_and_what_is_cut_off_is_counted(root):
    folder = policies.folder_of(root, TINY)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    renderer = Renderer(tokenizer, tokenizer.chat_template, max_length=100, max_prompt=96)
    asked = prompts.draw(0, 6)
    one, cut = following.answers(model, renderer, asked, seed=3)
    assert one == following.answers(model, renderer, asked, seed=3)[0]
    assert one != following.answers(model, renderer, asked, seed=4)[0]
    assert 0 <= cut <= 6
    found = following.of_policy(model, renderer, asked, seed=3)
    assert found.truncated == cut / 6


def test_the_worlds_own_following_is_exact(standard):
    found = following.of_world(STANDARD)
    assert found.right["item"] == pytest.approx(standard.probability[standard.facts[:, 0] == 1].sum())
    assert found.truncated == 0
