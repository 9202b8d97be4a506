"""What is remembered of a talk, and what is not."""

from bot.understand.talk import SLOTS, Talk

ANSWERED = Talk().after("q?", "answered", ["d/p1s1", "d/p2s1"])


def test_an_answer_is_remembered_and_ends_a_row_of_failures() -> None:
    talk = Talk(failures=2, nearest="d/p9s9").after("q?", "answered", ["d/p1s1", "d/p2s1"], "", ["d/p3s1"])
    assert talk == Talk("q?", "answered", ("d/p1s1", "d/p2s1"), ("d/p1s1", "d/p2s1"), "", ("d/p3s1",), 0)


def test_a_passage_given_again_is_the_newest() -> None:
    assert ANSWERED.after("q?", "answered", ["d/p1s1"]).given == ("d/p2s1", "d/p1s1")


def test_a_refusal_turns_the_talk_to_what_was_shown_and_keeps_what_was_given() -> None:
    talk = ANSWERED.after("r?", "declined", (), "d/p7s1", ["d/p8s1"])
    assert (talk.about, talk.nearest, talk.offered, talk.given) == (("d/p7s1",), "d/p7s1", ("d/p8s1",), ANSWERED.given)
    assert (talk.failures, talk.outcome, talk.asked) == (1, "declined", "r?")


def test_small_talk_changes_nothing() -> None:
    offered = ANSWERED.after("r?", "clarify", (), "", ["d/p8s1"])
    assert offered.after("thanks", "smalltalk") == offered
    assert offered.after("says who", "source", ["d/p1s1"]) == offered


def test_starting_over_forgets_everything_but_the_new_offer() -> None:
    assert ANSWERED.after("", "restarted", (), "", ["d/p8s1"]) == Talk(outcome="restarted", offered=("d/p8s1",))


def test_slots_and_back() -> None:
    slots = ANSWERED.slots()
    assert set(slots) == set(SLOTS)
    assert Talk.of(slots.get) == ANSWERED
    assert Talk.of({}.get) == Talk()


def test_an_offer_stands_until_something_else_than_a_quote_comes() -> None:
    offered = Talk().after("who leads?", "declined", (), "d/near", ["d/a", "d/b"])
    chosen = offered.after("1", "answered", ["d/a"])
    assert chosen.offered == ("d/a", "d/b"), "and the second one?"
    assert chosen.after("", "topics", (), "", ["d/c"]).offered == ("d/c",)
    assert chosen.after("what?", "declined").offered == ()
