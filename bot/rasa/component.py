"""Rasa's NLU component: understands a message in the light of the talk, once, and stores what was decided on the message."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.bank import BANKS
from bot.clean import clean
from bot.read.document import DOCUMENTS_FILE, load_documents
from bot.retrieve.embedder import embedder
from bot.understand import cuts
from bot.understand.listener import QUESTION, Listener
from bot.understand.reader import READER_FILE, context_encoder
from bot.understand.talk import Talk
from bot.understand.talks import TALKS
from bot.understand.teach import examples, lessons

PARTS = "parts"
# Of a message that is read in the light of an earlier reply: the talk, as it was then.
TALK = "talk"
_MODEL_FILE = "listener.joblib"

# `question/...` names what is asked for. Rasa takes that for the work of a response selector and warns of each example
# that there is none; this module is imported after Rasa's own filters are set.
for _said in (rf"(?s)Your training data contains an example .* for the '{QUESTION}/", "You have .* training a response selector"):
    warnings.filterwarnings("ignore", _said, UserWarning)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PassageClassifier(IntentClassifier, GraphComponent):
    """Hands Rasa the intent (`question` or a move), and the action the parts as decided."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the component's settings: there are none."""
        return {}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Train anew when the documents, the bank, the talks or where they are cut changed, even if the examples did not.

        Decision and arrangement are no part of the model: they are loaded with the first message.
        """
        languages = sorted({d.language for d in load_documents()}) if DOCUMENTS_FILE.is_file() else []
        files = [DOCUMENTS_FILE, *map(cuts.path, languages), *sorted(TALKS.glob("train/*.jsonl")), *sorted(BANKS.rglob("*.yml"))]
        # With their names: that of a bank's file is the passage that its lines are about.
        return "".join(f.name + f.read_text(encoding="utf-8") for f in files if f.is_file()) + _size(READER_FILE)

    def __init__(self, model_storage: ModelStorage, resource: Resource, listener: Listener | None = None) -> None:
        """Make the component; untrained without a listener."""
        self._model_storage = model_storage
        self._resource = resource
        self._listener = listener

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> PassageClassifier:
        """Make an untrained component (called by Rasa)."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train the listener on the NLU examples, the bank and the talks, and persist it."""
        documents = load_documents()
        listener = Listener(documents)
        taught = lessons(documents)
        # Behind the slash of `question/...` stands what is asked for.
        named = ((m.get(TEXT), m.get(INTENT_RESPONSE_KEY) or m.get(INTENT)) for m in training_data.intent_examples)
        pairs = ((str(text), str(name).removeprefix(f"{QUESTION}/")) for text, name in named if text and name)
        listener.fit(examples(pairs, taught, documents), taught)
        self._listener = listener
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(listener, folder / _MODEL_FILE, compress=1)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PassageClassifier:
        """Load a trained component (called by Rasa)."""
        with model_storage.read_from(resource) as folder:
            listener = joblib.load(folder / _MODEL_FILE)
        # Now, not at the first message.
        embedder()
        context_encoder()
        return cls(model_storage, resource, listener)

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Set intent, ranking and parts of each message.

        Rasa passes the tracker to a component that names it: this is where a
        message is read in the light of the conversation.
        """
        if self._listener is None:
            return messages
        before = Talk.of(tracker.get_slot)
        for message in messages:
            talk = _lit(before, message.get("metadata"))
            if talk is not before:
                # The action goes on from there too.
                message.set(TALK, talk.slots(), add_to_output=True)
            text = clean(str(message.get(TEXT) or ""))
            # The cleaned text also replaces the typed one: a leading slash would be obeyed as an intent.
            message.set(TEXT, text, add_to_output=True)
            understood = self._listener(text, talk)
            intent = {"name": understood.intent, "confidence": understood.confidence}
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [intent], add_to_output=True)
            message.set(PARTS, [p.as_json() for p in understood.parts], add_to_output=True)
        return messages


def _lit(talk: Talk, metadata: Any) -> Talk:
    """Return the talk as it was after the reply that a message answers, if its channel says so; what was given stays given.

    The question of that time is not kept: the question that asks for the first quoted passage stands in for it.
    """
    light = metadata.get("light") if isinstance(metadata, dict) else None
    if not light:
        return talk
    asks = {f"{d.name}/{p.id}": p.ask for d in load_documents() for p in d.quotable}
    quoted, offered = ([k for k in light[kind] if k in asks] for kind in ("quoted", "offered"))
    nearest = light["nearest"] if light["nearest"] in asks else ""
    if not (quoted or offered or nearest):
        # Of statements that are gone.
        return talk
    then = Talk(given=talk.given).after(asks[quoted[0]] if quoted else "", light["outcome"], quoted, nearest, offered)
    return replace(then, failures=talk.failures)


def _size(path: Path) -> str:
    return str(path.stat().st_size) if path.is_file() else ""
