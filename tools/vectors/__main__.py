"""Write `data/vectors/` anew: `python -m tools.vectors` (`make vectors`), after bank, talks or a model changed much."""

from __future__ import annotations

import yaml

from bot.errors import ROOT
from bot.read.document import load_documents
from bot.retrieve.embedder import embedder
from bot.understand.listener import QUESTION, Listener
from bot.understand.reader import context_encoder
from bot.understand.teach import examples, lessons


def main() -> None:
    """Fit everything once, as `make train` does, and keep the vectors that it took."""
    documents = load_documents()
    taught = lessons(documents)
    pairs = []
    for path in [*sorted((ROOT / "data/generated").glob("nlu_*.yml")), ROOT / "data/generated/talk.yml"]:
        for entry in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            intent = entry["intent"].removeprefix(f"{QUESTION}/")
            pairs += [(e.strip().removeprefix("-").strip(), intent) for e in entry["examples"].splitlines() if e.strip()]
    embedder().warm.keeping = context_encoder().warm.keeping = True
    Listener(documents).fit(examples(pairs, taught, documents), taught)
    print(f"kept {embedder().warm.save()} vectors of texts and {context_encoder().warm.save()} of messages in their talks")


if __name__ == "__main__":
    main()
