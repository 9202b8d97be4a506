"""What is remembered of a conversation, and what is not."""

from actions.memory import Memory


def test_an_answer_is_remembered_and_ends_a_row_of_failures() -> None:
    memory = Memory(failures=2, choosing=("d/p1s1",)).after_answer(["d/p1s1", "d/p2s1"], "q", ("d/p3s1",))
    assert memory == Memory("d/p2s1", "q", ("d/p1s1", "d/p2s1"), ("d/p3s1",), 0, ())


def test_a_passage_given_again_is_the_newest() -> None:
    memory = Memory(given=("d/p1s1", "d/p2s1")).after_answer(["d/p1s1"], "q")
    assert memory.given == ("d/p2s1", "d/p1s1")


def test_a_failure_keeps_what_was_talked_about() -> None:
    memory = Memory("d/p1s1", "q", ("d/p1s1",)).after_failure(("d/p2s1",), nearest="d/p9s9")
    assert (memory.last_passage, memory.failures, memory.offered) == ("d/p1s1", 1, ("d/p2s1",))
    assert Memory().after_failure(nearest="d/p9s9").last_passage == "d/p9s9"


def test_only_what_changed_becomes_events() -> None:
    before = Memory("d/p1s1", "q", ("d/p1s1",))
    assert before.events(before) == []
    assert [e["name"] for e in before.after_failure().events(before)] == ["failures"]
