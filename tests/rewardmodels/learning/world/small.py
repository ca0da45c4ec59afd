"""A grammar small enough to write down every answer, built of the same parts as the real one."""

from collections.abc import Iterator
from itertools import product

from rewardmodels.learning.world import grammar
from rewardmodels.learning.world.grammar import Grammar, Level, odds

SMALL = Grammar(
    slots=(
        ("temperature", ("hot", "cold")),
        ("item", ("tea", "soup", "pie")),
        ("allergen", ("milk", "soy", "corn")),
        ("place", ("bar", "door")),
    ),
    sentences=(
        ("serve", ("Here is your {temperature} {item}.", "Here is the {item}.")),
        ("allergy", ("There is no {allergen} in it.",)),
        ("courtesy", ("Thank you so much.", "It is a pleasure.")),
        ("garble", ("Is the your it.",)),
    ),
    places=(odds(serve=0.7, courtesy=0.2, garble=0.1), odds(serve=0.3, allergy=0.4, courtesy=0.3)),
    levels=(
        Level("careful", 0.6, 0.9, ((1, 0.3), (2, 0.5), (3, 0.2)), odds(courtesy=2.0, garble=0.5)),
        Level("careless", 0.4, 0.5, ((1, 0.6), (2, 0.4)), odds(garble=3.0)),
    ),
)
WANTED = {"temperature": "hot", "item": "soup", "allergen": "soy", "place": "bar"}


def sentences(small: Grammar = SMALL) -> list[str]:
    found = []
    for _, listed in small.sentences:
        for template in listed:
            slots = grammar.PLACE.findall(template)
            for values in product(*(small.values(slot) for slot in slots)):
                found.append(template.format(**dict(zip(slots, values, strict=True))))
    return found


def answers(small: Grammar = SMALL) -> Iterator[str]:
    """Every answer that the grammar can give."""
    for length in range(1, small.most + 1):
        for chosen in product(sentences(small), repeat=length):
            yield " ".join(chosen)
