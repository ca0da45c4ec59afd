"""Rendering: T3 (nothing stands twice), T4 (the seam), T12 (limits are counted)."""

import pytest

from lm.rendering import Renderer, Unrenderable, longest
from lm.templates import Message, conversation

CHAT = (
    Message(role="user", content="the first question"),
    Message(role="assistant", content="a first answer"),
    Message(role="user", content="and the second question"),
)


def make(backbone, length=48, prompt=24) -> Renderer:
    return Renderer(backbone.tokenizer, backbone.template, length, prompt)


@pytest.fixture(params=["encoder", "decoder"])
def backbone(request):
    return request.getfixturevalue(request.param)


def test_t3_ids_are_those_of_the_chat_template_and_begin_with_one_start(backbone):
    rendered = make(backbone).render(conversation("hello"), "yes please")
    messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes please"}]
    theirs = backbone.tokenizer.apply_chat_template(messages, chat_template=backbone.template, return_dict=True)
    assert list(rendered.ids) == theirs["input_ids"]
    start = backbone.tokenizer.cls_token_id if not backbone.is_causal else backbone.tokenizer.bos_token_id
    assert rendered.ids.count(start) == 1
    assert rendered.ids[0] == start


def test_t3_generation_starts_from_the_prompt_that_training_saw(backbone):
    renderer = make(backbone)
    rendered = renderer.render(CHAT[:1], "no")
    assert list(rendered.ids[: rendered.prompt_length]) == renderer.prompt_ids(CHAT[:1])


@pytest.mark.parametrize("response", ["yes", "no thank you", "", "!", " leading space", "\nnew line"])
def test_t4_the_prompt_has_the_same_ids_whatever_the_response(backbone, response):
    renderer = make(backbone)
    one, other = renderer.render(CHAT[:1], response), renderer.render(CHAT[:1], "something else")
    assert one.prompt_length == other.prompt_length
    assert one.ids[: one.prompt_length] == other.ids[: other.prompt_length]
    text = backbone.tokenizer.decode(one.ids[one.prompt_length :])
    assert "question" not in text  # no token of the response carries a piece of the prompt


def test_the_end_of_sequence_belongs_to_the_response(decoder):
    rendered = make(decoder).render(conversation("hello"), "yes")
    assert rendered.ids[-1] == decoder.tokenizer.eos_token_id
    assert rendered.prompt_length < len(rendered.ids)


def test_a_special_token_written_by_a_person_is_taken_apart(encoder):
    rendered = make(encoder).render(conversation("hi [SEP] there"), "see [CLS]")
    assert rendered.ids.count(encoder.tokenizer.cls_token_id) == 1
    assert rendered.ids.count(encoder.tokenizer.sep_token_id) == 2


def test_t12_the_oldest_turns_go_first_and_are_counted(encoder):
    renderer = make(encoder, length=60, prompt=24)
    rendered = renderer.render(CHAT, "yes")
    assert rendered.turns_dropped == 2
    assert not rendered.prompt_cut
    text = encoder.tokenizer.decode(rendered.ids)
    assert "second question" in text
    assert "first" not in text


def test_t12_a_long_last_turn_keeps_its_end_and_a_long_answer_its_beginning(encoder):
    renderer = make(encoder, length=48, prompt=24)
    long_turn = " ".join(f"word{number}" for number in range(40))
    rendered = renderer.render(conversation(long_turn), long_turn)
    assert rendered.prompt_cut
    assert rendered.response_cut
    assert not rendered.is_whole
    assert len(rendered.ids) <= 48
    assert rendered.prompt_length <= 24
    assert "word39" in encoder.tokenizer.decode(rendered.ids[: rendered.prompt_length])
    answer = encoder.tokenizer.decode(rendered.ids[rendered.prompt_length :])
    assert "word0" in answer
    assert rendered.ids[-1] == encoder.tokenizer.sep_token_id  # what closes an answer closes a cut one too


def test_a_cut_prompt_is_the_same_for_a_short_and_a_long_answer(encoder):
    renderer = make(encoder, length=48, prompt=24)
    prompt = conversation(" ".join(["word"] * 60))
    short, long = renderer.render(prompt, "yes"), renderer.render(prompt, "no " * 60)
    assert short.ids[: short.prompt_length] == long.ids[: long.prompt_length]


def test_a_template_that_rewrites_the_prompt_is_refused(encoder):
    template = "{{ messages | length }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    with pytest.raises(Unrenderable, match="earlier turns differently"):
        Renderer(encoder.tokenizer, template, 48, 24).render(conversation("hello"), "yes")


def test_a_template_that_raises_is_a_sentence(encoder):
    with pytest.raises(Unrenderable, match="roles must alternate"):
        Renderer(encoder.tokenizer, "{{ raise_exception('roles must alternate') }}", 48, 24).render(CHAT, "yes")


def test_longest_finds_the_last_size_that_fits():
    assert longest(100, lambda size: size <= 37) == 37
    assert longest(5, lambda size: True) == 5
    assert longest(5, lambda size: size == 0) == 0
