"""What changed between two versions, shown so that both can be read from it."""

from time import perf_counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation import differences
from annotation.differences import ADDED, REMOVED, SAME, Piece

TEXTS = st.text("ab é\n.", max_size=60)


def side(pieces, without):
    return "".join(piece.text for piece in pieces if piece.kind != without)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_pieces(before, after):
    pieces = differences.between(before, after)
    assert side(pieces, ADDED) == before
    assert side(pieces, REMOVED) == after
    assert all(piece.text for piece in pieces)


def test_a_word_that_changed_is_shown_alone():
    assert differences.between("Be fair today.\nSkip.", "Be kind today.\nSkip.") == [
        Piece(SAME, "Be "),
        Piece(REMOVED, "fair"),
        Piece(ADDED, "kind"),
        Piece(SAME, " today.\nSkip."),
    ]


def test_words_that_changed_side_by_side_are_one_change():
    pieces = differences.between("It is as long as needed.", "It is not too wordy.")
    assert [piece.kind for piece in pieces] == [SAME, REMOVED, ADDED, SAME]


def test_a_long_text_costs_little():
    before = "\n".join(f"{n} one two three" for n in range(6_000))
    start = perf_counter()
    pieces = differences.between(before, before[::-1])
    assert perf_counter() - start < 5
    assert side(pieces, ADDED) == before


def test_terms_are_told_by_their_titles():
    before = {"currency": "USD", "both_bad": True, "flags": ["a", "b"], "prices": []}
    after = {"currency": "EUR", "both_bad": False, "flags": ["a"], "prices": []}
    told = {str(one.title): (one.before, one.after) for one in differences.of_terms(before, after)}
    assert told == {"Currency": ("USD", "EUR"), "Offer “both bad”": ("yes", "no"), "Flags": ("a; b", "a")}


def test_a_setting_that_a_version_did_not_know_is_no_change():
    assert differences.of_terms({}, {"currency": "EUR"}) == []
