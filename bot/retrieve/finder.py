"""Find the passages that may answer a message, with calibrated probabilities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix, vstack

from bot.bank.bank import OFF_TOPIC, normalised
from bot.read.document import Document
from bot.retrieve.calibration import Calibration, LabelledQuestion, calibrate
from bot.retrieve.classifier import Linear
from bot.retrieve.embedder import Encoded, Floats, embedder
from bot.retrieve.evidence import Fitted, SentenceIndex
from bot.retrieve.features import Features, stacked
from bot.retrieve.finding import Candidate, Finding
from bot.retrieve.followups import NONE, Evidence, FollowUp, FollowUps, Gate, Utterance, together
from bot.retrieve.neighbours import Neighbours
from bot.retrieve.spelling import Spelling
from bot.retrieve.splitting import Part, clauses, part, sentences, uncorrected
from bot.texts import Texts, load_texts

NOT_SAID = "not_said"
FOLLOW_UP = "follow_up"
QUESTION = "question"
NEIGHBOURS_WEIGHT = 0.25
# A message is read in the light of the conversation from this probability on that it leans on it;
# one that has an answer of its own needs to lean more clearly, one with an "it" or a "there" less.
LEANING = 0.7
LEANING_UNANSWERED = 0.4
LEANING_POINTING = 0.2
# How much of its share a passage given before keeps when a message asks for more.
GIVEN_SHARE = 0.1
MOST_QUESTIONS = 3
_MOST_CANDIDATES = 5
# Questions made from sentences teach what a question sounds like; more of them teach nothing new.
_MOST_MADE = 1_000
_VAGUE_WORDS = 3
# Words that begin alike are taken for forms of one word.
_STEM_LETTERS = 6
# After a clarification: how long a choice may be, and how clearly it must point at an option.
_CHOICE_WORDS = 8
_CHOICE_SHARE = 0.4
# A name out of a program, such as that of an intent, is no word of a person.
_NAMES = re.compile(r"\w*[^\W_]_[^\W_]\w*")
# A part shorter than this is read with the whole message, not alone.
_OWN_WORDS = 4


@dataclass(frozen=True)
class Reading:
    """One message as understood.

    Attributes:
        ranking: Intents with probabilities, the one that Rasa should see first.
        move: The intent if the message is a move or small talk, else empty.
        findings: Evidence for each question in it, in the order asked.
    """

    ranking: tuple[tuple[str, float], ...]
    move: str
    findings: tuple[Finding, ...]

    @property
    def finding(self) -> Finding:
        """Return the evidence for the first question."""
        return self.findings[0]


@dataclass(frozen=True)
class Context:
    """What of the conversation a message may lean on.

    Attributes:
        last: Key of the passage quoted last, `document/passage`; may be empty.
        given: Keys of all passages quoted so far.
        choosing: Keys of the options, if the bot has just asked which is meant.
    """

    last: str = ""
    given: tuple[str, ...] = ()
    choosing: tuple[str, ...] = ()


class Finder:
    """Which passage answers: one model for the banked documents and the moves of conversation."""

    def __init__(
        self,
        documents: Sequence[Document],
        model: Linear | None = None,
        features: Features | None = None,
        neighbours_weight: float = NEIGHBOURS_WEIGHT,
    ) -> None:
        """Make an untrained finder for some documents; the rest is there for ablations."""
        self._neighbours_weight = neighbours_weight
        self._passage = {p.intent: (d.name, p.id) for d in documents for p in d.quotable}
        self._intents = {d.name: tuple(p.intent for p in d.quotable) for d in documents}
        # By document: each passage, in order, with a question that it answers.
        self._asks = {d.name: {p.id: p.ask for p in d.quotable} for d in documents}
        self._language = documents[0].language
        self._open = [d for d in documents if not d.banked]
        self._indexes: dict[str, SentenceIndex] = {}
        self._words = [set(re.findall(r"\w+", d.quote(p).lower())) for d in documents for p in d.quotable]
        # Encodings made beforehand, while fitting.
        self._ready: dict[str, Future[Encoded]] = {}
        self._quotes = [d.quote(p) for d in documents for p in d.quotable]
        self._spelling = Spelling()
        self._features = features or Features()
        self._model = model or Linear()
        self._neighbours = Neighbours(np.zeros((0, 0), dtype=np.float32), ())
        self._known: dict[str, str] = {}
        self._gate: Gate | None = None
        self._follow_ups: dict[str, FollowUps] = {}
        self.calibration = Calibration()

    @property
    def texts(self) -> Texts:
        """Return the words of the documents' language."""
        return load_texts(self._language)

    def fit(
        self,
        examples: Iterable[tuple[str, str]],
        calibration: Mapping[str, Sequence[LabelledQuestion]] | None = None,
        follow_ups: Mapping[str, Sequence[FollowUp]] | None = None,
    ) -> None:
        """Learn from labelled messages.

        Args:
            examples: Texts with their intents: `ask_...` of a passage,
                `not_said_...`, `off_topic`, or a move of conversation.
                `follow_up` is none of these and is passed over.
            calibration: By document, questions that are neither training nor
                test; without them the probabilities stay as they are.
            follow_ups: By document, messages that lean on a quote before them.
        """
        everything = [(t, i) for t, i in dict.fromkeys(examples) if i != FOLLOW_UP]
        self._known = {normalised(t): i for t, i in everything if normalised(t)}
        pairs = self._without_bank(everything)
        texts, intents = [t for t, _ in pairs], [i for _, i in pairs]
        leaning = {name: list(examples) for name, examples in (follow_ups or {}).items()}
        self._spelling = Spelling(self._quotes, texts)
        self._encode_ahead(texts, leaning)
        self._features.fit([self._spelling(t) for t in [*texts, *(f.text for fs in leaning.values() for f in fs)]])
        utterances = [self._utterance(t) for t in texts]
        vectors = np.stack([u.encoded.vector for u in utterances])
        terms = stacked([u.terms for u in utterances], self._features.size)
        self._model.fit(terms, vectors, intents)
        self._neighbours = Neighbours(vectors, intents)
        for document in self._open:
            quotes = [document.quote(p) for p in document.quotable]
            paragraphs = [p.paragraph for p in document.quotable]
            self._indexes[document.name] = SentenceIndex(quotes, paragraphs, embedder().encode, Fitted.load(), document.language)
        self.calibration = Calibration()
        banked = {n: qs for n, qs in (calibration or {}).items() if n not in self._indexes}
        labelled = [(name, q) for name, questions in banked.items() for q in questions]
        if labelled:
            found = [self.read(self._utterance(q.text)).finding for _, q in labelled]
            right = [
                f.candidates[0].document == n and f.candidates[0].passage in q.passages for f, (n, q) in zip(found, labelled)
            ]
            self.calibration = calibrate([f.answerable for f in found], right, [q.kind == "answerable" for _, q in labelled])
        self._fit_follow_ups(leaning, terms, vectors)
        self._ready = {}

    def _encode_ahead(self, texts: Sequence[str], follow_ups: Mapping[str, Sequence[FollowUp]]) -> None:
        """Begin to encode everything that fitting looks at."""
        wanted = list(texts)
        for document, examples in follow_ups.items():
            asks = self._asks[document]
            wanted += [t for f in examples for t in (f.text, together(asks[f.context], f.text))]
        # In this order: the follow-ups are encoded while the first model is fitted.
        self._ready = embedder().encode_many([self._spelling(t) for t in wanted])

    def _fit_follow_ups(self, follow_ups: Mapping[str, Sequence[FollowUp]], standing: csr_matrix, vectors: Floats) -> None:
        everything = [self._utterance(t) for t in dict.fromkeys(f.text for examples in follow_ups.values() for f in examples)]
        if everything:
            own = np.stack([u.encoded.vector for u in everything])
            terms = vstack([stacked([u.terms for u in everything], self._features.size), standing]).tocsr()
            self._gate = Gate(terms, np.vstack([own, vectors]), len(everything))
        for document, examples in follow_ups.items():
            model = FollowUps(tuple(self._asks[document]))
            utterances = [self._utterance(f.text) for f in examples]
            evidence = [self._evidence(document, u, f.context) for u, f in zip(utterances, examples)]
            model.fit(examples, utterances, stacked([u.terms for u in utterances], self._features.size), evidence)
            self._follow_ups[document] = model

    def _utterance(self, text: str) -> Utterance:
        spelt = self._spelling(" ".join(_NAMES.sub(" ", text).split()))
        return Utterance(text, spelt, self._encoded(spelt), self._features(spelt))

    def _encoded(self, spelt: str) -> Encoded:
        ready = self._ready.get(spelt)
        return ready.result() if ready else embedder().encode(spelt)

    def _evidence(self, document: str, utterance: Utterance, context: str) -> Evidence:
        """Return what a message points at, alone and as the second half of the question before it."""
        joined = self._utterance(together(self._asks[document][context], utterance.text))
        return Evidence(self._shares(document, utterance), self._shares(document, joined))

    def _shares(self, document: str, utterance: Utterance) -> Floats:
        """Return the probabilities of a document's passages for an utterance read alone, and last that of none."""
        p = self._probabilities(utterance)
        none = sum(v for i, v in p.items() if i.startswith(NOT_SAID) or i == OFF_TOPIC)
        return np.array([*(p.get(i, 0.0) for i in self._intents[document]), none], dtype=np.float32)

    def understand(self, text: str, context: Context | None = None) -> Reading:
        """Read a message with all the questions in it.

        A message of one sentence is one question, or several joined by "and"
        when each of them is answered by a passage of its own. In a longer
        message the sentences that ask are the questions; greetings, insults
        and what is told around them are left aside. A message that leans on
        the conversation is read in its light, any other is not bent by it.

        Args:
            text: Cleaned text.
            context: What was quoted before, if anything.
        """
        text = uncorrected(text, self.texts)
        utterance, whole = _read(self, text)
        context = context or Context()
        led = self._choose(text, whole, context) or self._follow(utterance, whole, context)
        if led:
            return led
        parts = sentences(text, self.texts)
        if len(parts) < 2:
            return self._joined(text, whole)
        readings = self._chain(parts)
        asked = [(p, r) for p, r in zip(parts, readings) if p.asks and not r.move]
        if not asked:
            # Nothing is shaped like a question: what a sentence was recognised as goes before the rest.
            asked = [(p, r) for p, r in zip(parts, readings) if not r.move and r.finding.answered]
        if not asked:
            return whole if whole.move or not readings[-1].move else readings[-1]
        if len(asked) == 1:
            only, reading = asked[0]
            own = len(only.text.split()) >= _OWN_WORDS and not (only.points and not reading.finding.answered)
            return self._joined(only.text, reading) if own else (reading if whole.move else whole)
        findings = tuple(f for p, r in asked for f in self._joined(p.text, r).findings)
        first = next((r for _, r in asked if r.finding.answered), asked[0][1])
        return Reading(first.ranking, "", findings[:MOST_QUESTIONS])

    def _follow_open(self, text: str, alone: Reading, document: str, passage: str) -> Reading | None:
        """Read a message that points back together with the question before it, where no bank teaches more."""
        if alone.move or alone.finding.answered or not part(text, self.texts).points:
            return None
        joined = self._utterance(together(self._asks[document][passage], text))
        finding = self._open_finding(document, joined, "", alone.finding.off_topic)
        return Reading(((FOLLOW_UP, finding.answerable), *alone.ranking[:9]), "", (finding,))

    def _joined(self, text: str, whole: Reading) -> Reading:
        pieces = clauses(text, self.texts)
        if whole.move or len(pieces) < 2:
            return whole
        readings = self._chain(pieces)
        answers = {r.finding.candidates[0].key for r in readings if r.finding.answered and not r.move}
        if len(answers) < len(pieces):
            return whole
        return Reading(readings[0].ranking, "", tuple(r.finding for r in readings)[:MOST_QUESTIONS])

    def _chain(self, parts: Sequence[Part]) -> list[Reading]:
        """Read the parts of a message one after the other; a later one may lean on what answers an earlier one."""
        readings: list[Reading] = []
        context = Context()
        for text in (p.text for p in parts):
            utterance, alone = _read(self, text)
            reading = self._follow(utterance, alone, context) or alone
            if not reading.move and reading.finding.answered:
                context = Context(reading.finding.candidates[0].key)
            readings.append(reading)
        return readings

    def _choose(self, text: str, alone: Reading, context: Context) -> Reading | None:
        """Read a short message after a clarification as the choice of one of its options, if it is one."""
        if not context.choosing or alone.move or len(text.split()) > _CHOICE_WORDS or normalised(text) in self._known:
            return None
        words = set(normalised(text).split())
        for place, names in enumerate(self.texts.ordinals):
            if words & names and place < len(context.choosing):
                return self._chosen(text, alone, context.choosing[place])
        shares = {c.key: c.probability for c in alone.finding.candidates if c.key in context.choosing}
        best = max(shares, key=lambda k: shares[k], default="")
        return self._chosen(text, alone, best) if best and shares[best] >= _CHOICE_SHARE else None

    def _chosen(self, text: str, alone: Reading, key: str) -> Reading:
        document, _, passage = key.partition("/")
        finding = Finding(text=text, candidates=(Candidate(document, passage, 1.0),), answerable=1.0)
        return Reading(((FOLLOW_UP, 1.0), *alone.ranking[:9]), "", (finding,))

    def _follow(self, utterance: Utterance, alone: Reading, context: Context) -> Reading | None:
        """Read a message in the light of the conversation; `None` if it stands on its own."""
        text, (document, _, passage) = utterance.text, context.last.partition("/")
        if not utterance.spelt:
            return None
        if document in self._indexes:
            return self._follow_open(text, alone, document, passage)
        follow_ups = self._follow_ups.get(document)
        if not follow_ups or not self._gate or (len(text.split()) < 2 and alone.finding.vague) or normalised(text) in self._known:
            return None
        leaning = self._gate(utterance)
        least = LEANING if alone.move or alone.finding.answered else LEANING_UNANSWERED
        if least == LEANING_UNANSWERED and part(text, self.texts).points:
            least = LEANING_POINTING
        if leaning < least:
            return None
        shares = follow_ups(utterance, passage, self._evidence(document, utterance, passage))
        none = shares.pop(NONE, 0.0)
        if self.texts.splitting["further"] & set(normalised(text).split()):
            # "Where else?" wants what was not given yet, unless the same sentence has more of it.
            shares = {p: s * (GIVEN_SHARE if f"{document}/{p}" in context.given else 1.0) for p, s in shares.items()}
        best = sorted(shares, key=lambda p: -shares[p])[:_MOST_CANDIDATES]
        total = max(sum(shares.values()), 1e-9)
        finding = Finding(
            text=text,
            candidates=tuple(Candidate(document, p, round(shares[p] / total, 4)) for p in best),
            answerable=round(1.0 - none, 4),
        )
        return Reading(((FOLLOW_UP, leaning), *alone.ranking[:9]), "", (finding,))

    def read(self, utterance: Utterance) -> Reading:
        """Read an utterance as one question or one move."""
        text = utterance.text
        probabilities = self._probabilities(utterance)
        known = self._known.get(normalised(text), "")
        generic = probabilities.pop(QUESTION, 0.0)
        passages = {i: p for i, p in probabilities.items() if i in self._passage}
        absent = {i: p for i, p in probabilities.items() if i.startswith(NOT_SAID) or i == OFF_TOPIC}
        moves = {i: p for i, p in probabilities.items() if i not in passages and i not in absent}
        asked, missing = sum(passages.values()), sum(absent.values())
        off_topic = absent.get(OFF_TOPIC, 0.0) / max(asked + missing + generic, 1e-9)
        findings = [self._open_finding(name, utterance, known, off_topic) for name in self._indexes]
        if passages:
            findings.append(self._banked_finding(text, passages, asked / max(asked + missing, 1e-9), off_topic))
        finding = max(findings, key=lambda f: f.answerable - f.threshold)
        moving = moves and sum(moves.values()) > asked + missing + generic
        # Where no word of a person is left, nothing was said.
        move = max(moves, key=lambda i: moves[i]) if moving and utterance.spelt else ""
        if known in self._passage:
            move = ""
        intent = move or (
            self._intent(finding.candidates[0]) if finding.answered else max(absent, key=lambda i: absent[i], default="")
        )
        ranking = sorted(probabilities.items(), key=lambda item: -item[1])
        first = (intent, finding.answerable if finding.answered and not move else probabilities.get(intent, 0.0))
        return Reading((first, *[r for r in ranking if r[0] != intent][:9]), move, (finding,))

    def _banked_finding(self, text: str, passages: Mapping[str, float], raw: float, off_topic: float) -> Finding:
        best = sorted(passages, key=lambda i: -passages[i])[:_MOST_CANDIDATES]
        total = max(sum(passages.values()), 1e-9)
        return Finding(
            text=text,
            candidates=tuple(Candidate(*self._passage[i], round(passages[i] / total, 4)) for i in best),
            answerable=round(self.calibration(raw), 4),
            off_topic=round(off_topic, 4),
            threshold=self.calibration.threshold,
            vague=self._is_vague(text),
        )

    def _open_finding(self, document: str, utterance: Utterance, known: str, off_topic: float) -> Finding:
        """Look a question up in a document without a bank."""
        evidence = self._indexes[document].search(utterance.spelt, utterance.encoded)
        scores = evidence.scores.astype(float)
        answerable = evidence.answerable * (1.0 - off_topic)
        intents = self._intents[document]
        if known in intents:
            scores[intents.index(known)], answerable = scores.max() + 10.0, 1.0
        best = np.argsort(-scores)[:_MOST_CANDIDATES]
        odds = np.exp(scores[best] - scores[best[0]])
        return Finding(
            text=utterance.text,
            candidates=tuple(Candidate(*self._passage[intents[i]], round(float(o / odds.sum()), 4)) for i, o in zip(best, odds)),
            answerable=round(float(answerable), 4),
            off_topic=round(off_topic, 4),
            vague=self._is_vague(utterance.text),
        )

    def _intent(self, candidate: Candidate) -> str:
        return next(i for i in self._intents[candidate.document] if self._passage[i][1] == candidate.passage)

    def _without_bank(self, examples: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Let the questions made from sentences stand for one class, `question`, and only so many of them."""
        made = {i for d in self._open for i in self._intents[d.name]}
        kept = [(t, i) for t, i in examples if i not in made]
        questions = [t for t, i in examples if i in made]
        return kept + [(t, QUESTION) for t in questions[:: max(1, len(questions) // _MOST_MADE)]]

    def _is_vague(self, text: str) -> bool:
        """Tell whether a message is one bare word that stands in several passages."""
        words = re.findall(r"\w+", text.lower())
        content = [w for w in words if w not in self.texts.splitting["opening"] | self.texts.splitting["bare"]]
        if len(content) != 1 or len(words) > _VAGUE_WORDS:
            return False
        stem = content[0][:_STEM_LETTERS]
        if len(stem) < _STEM_LETTERS - 1:
            # Too short to be a part of another word: "un" is not the beginning of "unity".
            return sum(content[0] in passage for passage in self._words) > 1
        return sum(any(stem in w for w in passage) for passage in self._words) > 1

    def _probabilities(self, utterance: Utterance) -> dict[str, float]:
        linear = self._model(utterance.terms, utterance.encoded.vector)
        votes = self._neighbours.votes(utterance.encoded.vector)
        mixed = {
            intent: (1 - self._neighbours_weight) * float(p) + self._neighbours_weight * votes.get(intent, 0.0)
            for intent, p in zip(self._model.classes, linear)
        }
        known = self._known.get(normalised(utterance.text))
        if known in mixed:
            # What stands in the bank has been labelled by a person.
            mixed = {i: 0.01 * p + 0.99 * (i == known) for i, p in mixed.items()}
        return mixed


@lru_cache(maxsize=64)
def _read(finder: Finder, text: str) -> tuple[Utterance, Reading]:
    """Return a text as the models see it, and read alone; a message is looked at from several sides."""
    utterance = finder._utterance(text)
    return utterance, finder.read(utterance)
