"""The words of the text world: slots with twelve values each, and the sentences of each kind.

A sentence says what its kind says and nothing else: no word of a slot stands in a sentence but in that slot's place,
and no two kinds share a sentence, so that a text has one reading.
"""

Slots = tuple[tuple[str, tuple[str, ...]], ...]
Sentences = tuple[tuple[str, tuple[str, ...]], ...]


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SLOTS: Slots = (
    ("temperature", words("hot cold warm cool iced chilled frozen steaming tepid mild heated frosty")),
    ("item", words("coffee tea cocoa soup cider juice lemonade porridge pudding pie bread rice")),
    ("allergen", words("milk wheat soy fish sesame mustard celery lupin garlic honey corn gluten")),
    ("place", words("window door garden bar wall stairs fire fountain mirror piano corner lamp")),
)
STAKES = (1, 2, 5, 9)  # what a mistake about the allergen costs, in units of .8 coins

SERVE = (
    "Here is your {temperature} {item}.",
    "Your {temperature} {item} is ready.",
    "I have your {temperature} {item} here.",
    "A {temperature} {item} is on the way.",
    "We made you a {temperature} {item}.",
    "The {temperature} {item} is yours now.",
    "Here is the {item}.",
    "Your {item} is on the way.",
)
ALLERGY = (
    "There is no {allergen} in it.",
    "It is made with no {allergen}.",
    "We left out the {allergen}.",
    "The kitchen used no {allergen} at all.",
    "You will find no {allergen} in it.",
    "I told the kitchen about the {allergen}.",
)
SEAT = (
    "Your seat is by the {place}.",
    "I have a table by the {place}.",
    "You can sit by the {place}.",
    "We kept a seat by the {place} for you.",
    "The table by the {place} is yours.",
)
COURTESY = (
    "Thank you so much.",
    "It is a pleasure.",
    "You are most welcome.",
    "We are so glad to have you.",
    "Please tell me how I can help.",
    "Thank you for your kind words.",
    "It is so good to see you.",
    "Have a lovely day.",
)
PROMISE = (
    "I will be back in a minute.",
    "It will be ready very soon.",
    "I will see to it at once.",
    "You will not have to wait.",
    "We will make it right for you.",
    "I will look at it again.",
)
EXPLANATION = (
    "The kitchen is busy at this time.",
    "It takes a while to make it well.",
    "We make it fresh each day.",
    "This is how the house does it.",
    "It is the way most people like it.",
    "The order came in a while ago.",
)
FILLER = (
    "It is a quiet day.",
    "The music is good.",
    "We have been open for years.",
    "There are many people here.",
    "So it goes.",
    "That is that.",
)
GARBLE = ("Is the your it.", "Here table will so.", "You no and the.", "Made of to see.")

SENTENCES: Sentences = (
    ("serve", SERVE),
    ("allergy", ALLERGY),
    ("seat", SEAT),
    ("courtesy", COURTESY),
    ("promise", PROMISE),
    ("explanation", EXPLANATION),
    ("filler", FILLER),
    ("garble", GARBLE),  # what no parser reads
)
