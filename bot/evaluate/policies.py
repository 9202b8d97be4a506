"""`python -m bot.evaluate.policies`: rules against learned dialogue policies, on conversations in no training story.

The conversations of tests/conversations become Rasa stories: those for tuning
are trained on, the held-out ones are test. The intent of a turn is what the
trained finder reads in its context, and the context is what the bot's own
actions leave behind when the rules choose them. The action that is right
follows from the outcomes that the conversation accepts, not from the intent,
so that a misread message is an error of the rules that a learned policy could
mend from what was said before:

- an accepted outcome that the action of the intent's rule can give makes that
  action right ("tell me more" is answered by `action_more`);
- any other outcome has one usual action (`USUAL`): a question that was read as
  small talk is still one for `action_answer`;
- small talk that was not read as such may be met with any small talk; the story
  takes what the likeliest small-talk intent asks for;
- of several accepted outcomes the one of the intent's rule goes first, then
  they keep their order; the story takes the first, a prediction may be any.

Only the choice of the action is judged here, not which passage it quotes. A
story ends where the bot forgets the conversation, and the next one begins.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import actions
from bot.channels.guard import clean
from bot.errors import ROOT, InputError
from bot.evaluate.measure import RESAMPLES
from bot.evaluate.systems import load_finder
from bot.retrieve.finder import Context, Reading
from bot.run.build import VAR, RunError, environment, say, tail, update

CONVERSATIONS = ROOT / "tests" / "conversations"
RULES = ROOT / "data" / "generated" / "rules.yml"
DOMAIN = ROOT / "domain.yml"
PAGE = ROOT / "docs" / "policies.md"

SMALL_TALK = "smalltalk"
START_OVER = "action_start_over"
# The action that gives an outcome if the rule of the intent does not.
USUAL = {
    "answered": "action_answer",
    "declined": "action_answer",
    "clarify": "action_answer",
    "source": "action_source",
    "topics": "action_topics",
    "restarted": START_OVER,
}
# What an action can come to, once something has been quoted.
GIVES = {
    "action_answer": {"answered", "declined", "clarify"},
    "action_more": {"answered", "declined"},
    "action_repeat": {"answered"},
    "action_source": {"source"},
    "action_topics": {"topics"},
    "action_other_candidates": {"clarify"},
    START_OVER: {"restarted"},
}
# With nothing to go on from or to repeat these offer topics.
_NEED_A_QUOTE = ("action_more", "action_repeat")

Read = Callable[[str, Context], Reading]
Rights = npt.NDArray[np.bool_]
# A share or a difference, and the ends of its 95 % interval.
Interval = tuple[float, float, float]

_RULES = {"name": "RulePolicy", "check_for_contradictions": False}
_MEMOIZATION = {"name": "AugmentedMemoizationPolicy", "max_history": 5}
_TED = {"name": "TEDPolicy", "max_history": 5, "epochs": 100, "random_seed": 7}
ALONE = "rules"
# A rule is always sure, and so it overrules what is learned, unless it is only as sure as the intent.
SETS: dict[str, list[dict[str, Any]]] = {
    ALONE: [_RULES],
    "rules + memoization": [_RULES, _MEMOIZATION],
    "rules + memoization + TED": [_RULES, _MEMOIZATION, _TED],
    "rules as sure as the intent, memoization + TED": [{**_RULES, "use_nlu_confidence_as_score": True}, _MEMOIZATION, _TED],
    "rules as sure as the intent, TED": [{**_RULES, "use_nlu_confidence_as_score": True}, _TED],
    "memoization + TED, no rules": [_MEMOIZATION, _TED],
}


@dataclass(frozen=True)
class Step:
    """One turn of a story.

    Attributes:
        intent: As read in its context.
        confidence: Of the intent.
        accepted: Right actions; the first is the one in the story.
    """

    intent: str
    confidence: float
    accepted: tuple[str, ...]


# What was said until the end, or until the bot forgot everything.
Story = tuple[Step, ...]


@dataclass(frozen=True)
class Result:
    """What came of one set of policies.

    Attributes:
        name: Of the set.
        rights: Whether the first action was right, one array a conversation.
        learned: Turns that a policy other than the rules decided.
        seconds: Training took, with the start of Rasa.
        milliseconds: Median time of a prediction.
        size: Of the model on disk, in bytes.
    """

    name: str
    rights: tuple[Rights, ...]
    learned: int
    seconds: float
    milliseconds: float
    size: int


def load_rules(path: Path = RULES) -> dict[str, str]:
    """Return the action that the rules take, by intent."""
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    return {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}


def accepted_actions(
    outcomes: Sequence[str], intents: Sequence[str], rules: Mapping[str, str], quoted: bool = True
) -> tuple[str, ...]:
    """Return the actions that are right for a turn, best first.

    Args:
        outcomes: Accepted ones, as the conversation lists them.
        intents: As ranked; the first is the one read.
        rules: Actions by intent.
        quoted: Whether there is a passage to go on from.
    """
    taken = rules[intents[0]]
    gives = {SMALL_TALK} if taken.startswith("utter_") else GIVES[taken]
    if taken in _NEED_A_QUOTE and not quoted:
        gives = {"topics"}
    polite = [a for a in (*(rules[i] for i in intents if i in rules), *rules.values()) if a.startswith("utter_")]
    found: list[str] = []
    for outcome in sorted(outcomes, key=lambda o: o not in gives):
        found += [taken] if outcome in gives else polite if outcome == SMALL_TALK else [USUAL[outcome]]
    return tuple(dict.fromkeys(found))


def stories(turns: Iterable[Mapping[str, Any]], read: Read, rules: Mapping[str, str]) -> list[Story]:
    """Turn one conversation into stories.

    Args:
        turns: As in tests/conversations, each with `user` and accepted `outcome`s.
        read: Reads a message in its context.
        rules: Actions by intent.
    """
    parts: list[list[Step]] = [[]]
    slots: dict[str, Any] = {}
    for turn in turns:
        context = Context(slots.get("last_passage") or "", tuple(slots.get("given") or ()), tuple(slots.get("choosing") or ()))
        reading = read(clean(str(turn["user"])), context)
        intent, confidence = reading.ranking[0]
        right = accepted_actions(turn["outcome"], [i for i, _ in reading.ranking], rules, bool(context.last))
        parts[-1].append(Step(intent, float(confidence), right))
        slots = _after(rules[intent], reading, slots)
        if right[0] == START_OVER:
            parts.append([])
    return [tuple(part) for part in parts if part]


def _after(name: str, reading: Reading, slots: dict[str, Any]) -> dict[str, Any]:
    """Return the slots after an action of the bot."""
    action = next((a for a in _actions() if a.name() == name), None)
    if action is None:
        return slots
    message = {"findings": [f.as_json() for f in reading.findings]}
    tracker = Tracker("conversation", slots, message, [], False, None, {}, "action_listen")
    events = asyncio.run(action.run(CollectingDispatcher(), tracker, {}))
    if any(e["event"] == "restart" for e in events):
        return {}
    return {**slots, **{e["name"]: e["value"] for e in events if e["event"] == "slot"}}


def _actions() -> list[Action]:
    return [
        actions.ActionAnswer(),
        actions.ActionMore(),
        actions.ActionRepeat(),
        actions.ActionSource(),
        actions.ActionTopics(),
        actions.ActionOtherCandidates(),
        actions.ActionStartOver(),
    ]


def load_stories(pattern: str, read: Read, rules: Mapping[str, str]) -> list[list[Story]]:
    """Return the stories of each conversation in the files that match a pattern."""
    files = sorted(CONVERSATIONS.glob(pattern))
    if not files:
        raise InputError(CONVERSATIONS, f"holds no {pattern}.")
    conversations = [c for f in files for c in yaml.safe_load(f.read_text(encoding="utf-8"))]
    return [stories(c["turns"], read, rules) for c in conversations]


def as_rasa(told: Iterable[Story]) -> dict[str, Any]:
    """Return stories as Rasa's training data."""
    steps = [[entry for s in story for entry in ({"intent": s.intent}, {"action": s.accepted[0]})] for story in told]
    return {"version": "3.1", "stories": [{"story": f"story {n}", "steps": s} for n, s in enumerate(steps, 1)]}


def measure(name: str, policies: list[dict[str, Any]], told: dict[str, Any], test: Sequence[Sequence[Story]]) -> Result:
    """Train a set of policies, and let it choose the action of every test turn.

    What was said before is the test story itself, with the right actions.
    """
    from rasa.core.agent import Agent  # Imported here: they take seconds.
    from rasa.shared.core.events import ActionExecuted, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker
    from rasa.utils.log_utils import configure_structlog

    # As a server has it; otherwise every prediction is told in full, which takes longer than the prediction.
    configure_structlog(logging.WARNING)
    model, trained = _train(name, policies, told)
    processor = Agent.load(str(model)).processor
    rights, seconds, learned = [], [], 0
    for conversation in test:
        right = []
        for story in conversation:
            events: list[Any] = [ActionExecuted("action_listen")]
            for step in story:
                events.append(UserUttered(intent={"name": step.intent, "confidence": step.confidence}))
                tracker = DialogueStateTracker.from_events("test", events, processor.domain.slots, domain=processor.domain)
                started = time.perf_counter()
                action, prediction = processor.predict_next_with_tracker_if_should(tracker)
                seconds.append(time.perf_counter() - started)
                right.append(action.name() in step.accepted)
                learned += not str(prediction.policy_name).endswith("RulePolicy")
                events += [ActionExecuted(step.accepted[0]), ActionExecuted("action_listen")]
        rights.append(np.array(right))
    return Result(name, tuple(rights), learned, trained, float(np.median(seconds) * 1000), model.stat().st_size)


def _train(name: str, policies: list[dict[str, Any]], told: dict[str, Any]) -> tuple[Path, float]:
    """Return a model trained with Rasa's command line and the seconds that took, or what the same data gave before."""
    config = {"recipe": "default.v1", "assistant_id": "policies", "language": "en", "pipeline": [], "policies": policies}
    files = {
        "config.yml": yaml.safe_dump(config, sort_keys=False),
        "data/stories.yml": yaml.safe_dump(told, sort_keys=False),
        "data/rules.yml": RULES.read_text(encoding="utf-8"),
        "domain.yml": DOMAIN.read_text(encoding="utf-8"),
    }
    folder = VAR / "evaluate" / hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    model, took, log = folder / "models" / "policies.tar.gz", folder / "seconds.txt", folder / "train.log"
    if not (model.is_file() and took.is_file()):
        for place, text in files.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(text, encoding="utf-8")
        say(f"training “{name}” (kept for next time) ...")
        started = time.monotonic()
        with log.open("wb") as out:
            command = [sys.executable, "-m", "rasa", "train", "core", "--force", "--fixed-model-name", "policies"]
            status = subprocess.call(command, cwd=folder, env=environment(), stdout=out, stderr=subprocess.STDOUT)
        if status != 0 or not model.is_file():
            raise RunError(f"training failed; the whole story is in {log.relative_to(ROOT)}. Its end:\n{tail(log)}")
        took.write_text(f"{time.monotonic() - started:.1f}")
    return model, float(took.read_text())


def interval(values: Sequence[npt.NDArray[Any]]) -> Interval:
    """Return the mean over turns with its 95 % bootstrap interval over conversations."""
    sums, counts = np.array([v.sum() for v in values], dtype=float), np.array([len(v) for v in values])
    draws = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(sums[draws].sum(axis=1) / counts[draws].sum(axis=1), [2.5, 97.5])
    return float(sums.sum() / counts.sum()), float(low), float(high)


def against(result: Result, rules: Result) -> Interval:
    """Return how much larger the share of right actions is than the rules', on the same turns."""
    return interval([mine.astype(int) - theirs.astype(int) for mine, theirs in zip(result.rights, rules.rights)])


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table; the first are the rules alone."""
    names = ("right actions", "against the rules", "mended", "spoilt", "not decided by a rule", "training s", "ms", "model kB")
    lines = [f"| | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]
    rules = np.concatenate(results[0].rights)
    for result in results:
        share, low, high = interval(result.rights)
        more, least, most = against(result, results[0])
        rights = np.concatenate(result.rights)
        cells = [
            f"{share:.3f} ({low:.2f}–{high:.2f})",
            f"{more:+.3f} ({least:+.3f} to {most:+.3f})" if result is not results[0] else "",
            f"{(rights & ~rules).sum()}",
            f"{(rules & ~rights).sum()}",
            f"{result.learned} of {len(rights)}",
            f"{result.seconds:.0f}",
            f"{result.milliseconds:.1f}",
            f"{result.size / 1000:.0f}",
        ]
        lines.append(f"| {result.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def conclusion(results: Sequence[Result]) -> str:
    """Say what follows: the rules stay unless a set is better than they are on more than chance."""
    rules, others = results[0], results[1:]
    better = [r for r in others if against(r, rules)[1] > 0]
    same = [r.name for r in others if not r.learned]
    turns, wrong = sum(map(len, rules.rights)), sum(int((~r).sum()) for r in rules.rights)
    parts = [f"The rules take a wrong action in {wrong} of {turns} turns: that is all that learning could mend."]
    if same:
        parts.append(
            f"A rule is always sure and there is one for every intent, so what is learned beside it never decides "
            f"({', '.join(f'“{n}”' for n in same)})."
        )
    if better:
        best = max(better, key=lambda r: interval(r.rights)[0])
        parts.append(f"“{best.name}” is better than the rules alone by more than chance: it is what config.yml should have.")
    else:
        parts.append(
            "No set is better than the rules alone by more than chance (an interval wholly above zero): "
            "that is why config.yml has the rules only."
        )
    return " ".join(parts)


def page(results: Sequence[Result], trained: Sequence[Story], test: Sequence[Sequence[Story]], rules: Mapping[str, str]) -> str:
    """Return docs/policies.md."""
    misread = sum(rules[step.intent] not in step.accepted for story in trained for step in story)
    turns = sum(len(s) for c in test for s in c)
    compared = (
        f"Compared is the first action after each of {turns} user turns in {len(test)} held-out conversations, which are in no "
        f"training story; the learned policies were trained on {len(trained)} stories with {sum(map(len, trained))} turns "
        f"made from the conversations for tuning, {misread} of them with another action than the rule's. "
        "The intent of a turn is what the trained model reads in its context, the right action follows from the outcomes that "
        "the conversation accepts (see `bot/evaluate/policies.py`). "
        "In brackets 95 % bootstrap intervals over conversations; mended and spoilt are turns beside the rules alone; "
        "training is Rasa's whole command on one thread, ms the median of a prediction. Rules “as sure as the intent” have "
        "RulePolicy's `use_nlu_confidence_as_score`: a learned policy that is surer overrules them."
    )
    note = "Written by `python -m bot.evaluate.policies --save`."
    return "\n\n".join(["# Dialogue policies", note, compared, table(results), conclusion(results)]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluate.policies", description="Compare dialogue policies.")
    parser.add_argument("--save", action="store_true", help="write docs/policies.md")
    options = parser.parse_args(arguments)
    try:
        update()
        rules, read = load_rules(), load_finder().understand
        trained = [s for c in load_stories("tuning*.yml", read, rules) for s in c]
        test = load_stories("held_out_*.yml", read, rules)
        results = [measure(name, policies, as_rasa(trained), test) for name, policies in SETS.items()]
    except (InputError, RunError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    text = page(results, trained, test, rules)
    sys.stdout.write(f"\n{text}\n")
    if options.save:
        PAGE.write_text(text, encoding="utf-8")
        say(f"saved {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
