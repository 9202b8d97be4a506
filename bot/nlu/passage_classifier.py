"""A Rasa intent classifier that also says which passages may answer, and how surely."""

from __future__ import annotations

from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.bank import BANKS, load_bank
from bot.bank.bank import OFF_TOPIC_FILE
from bot.channels.guard import clean
from bot.read.document import DOCUMENTS_FILE, Document, load_documents
from bot.retrieve.calibration import CALIBRATION, load_labelled
from bot.retrieve.embedder import embedder
from bot.retrieve.finder import Context, Finder
from bot.retrieve.followups import FollowUp

FINDINGS = "findings"
# Stored with every message.
_MOST_RANKED = 5
_MODEL_FILE = "finder.joblib"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PassageClassifier(IntentClassifier, GraphComponent):
    """Reads a message with `bot.retrieve` and hands Rasa the intent, the action the findings."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the component's settings: there are none."""
        return {}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Train anew when the documents changed, even if the examples did not."""
        files = [DOCUMENTS_FILE, *sorted(CALIBRATION.glob("*.tsv")), *sorted(BANKS.glob("*.yml"))]
        return "".join(f.read_text(encoding="utf-8") for f in files if f.is_file())

    def __init__(self, model_storage: ModelStorage, resource: Resource, finder: Finder | None = None) -> None:
        """Make the component; untrained without a finder."""
        self._model_storage = model_storage
        self._resource = resource
        self._finder = finder

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> PassageClassifier:
        """Make an untrained component (called by Rasa)."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train the finder on the NLU examples and persist it."""
        documents = load_documents()
        labelled = {d.name: CALIBRATION / f"{d.name}.tsv" for d in documents}
        calibration = {name: load_labelled(path) for name, path in labelled.items() if path.is_file()}
        finder = Finder(documents)
        finder.fit(
            ((str(m.get(TEXT)), str(m.get(INTENT))) for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)),
            calibration,
            _follow_ups(documents),
        )
        self._finder = finder
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(finder, folder / _MODEL_FILE, compress=1)
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
            finder = joblib.load(folder / _MODEL_FILE)
        # Now, not at the first message.
        embedder()
        return cls(model_storage, resource, finder)

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Set intent, ranking and findings of each message.

        Rasa passes the tracker to a component that names it: this is where a
        message is read in the light of the conversation.
        """
        if self._finder is None:
            return messages
        slot = tracker.get_slot
        context = Context(slot("last_passage") or "", tuple(slot("given") or ()), tuple(slot("choosing") or ()))
        for message in messages:
            text = clean(str(message.get(TEXT) or ""))
            # The cleaned text also replaces the typed one: a leading slash would be obeyed as an intent.
            message.set(TEXT, text, add_to_output=True)
            reading = self._finder.understand(text, context)
            name, confidence = reading.ranking[0]
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
            ranking = [{"name": i, "confidence": p} for i, p in reading.ranking[:_MOST_RANKED]]
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(FINDINGS, [f.as_json() for f in reading.findings], add_to_output=True)
        return messages


def _follow_ups(documents: list[Document]) -> dict[str, list[FollowUp]]:
    """Return the follow-ups of the banks of these documents."""
    names = {d.name for d in documents}
    banks = [load_bank(path) for path in sorted(BANKS.glob("*.yml")) if path.name != OFF_TOPIC_FILE]
    return {
        b.document: [FollowUp(f.context, f.label, f.text) for f in b.follow_ups]
        for b in banks
        if b.document in names and b.follow_ups
    }
