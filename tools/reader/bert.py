"""MiniLM (a BERT of six layers) in plain PyTorch, with the names that its published weights have."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

LAYERS, WIDTH, HEADS, INNER, WORDS, PLACES = 6, 384, 12, 1536, 30522, 512
_EPSILON = 1e-12


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH, _EPSILON), nn.LayerNorm(WIDTH, _EPSILON)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        n, t, _ = x.shape
        q, k, v = (f(x).view(n, t, HEADS, WIDTH // HEADS).transpose(1, 2) for f in (self.query, self.key, self.value))
        scores = q @ k.transpose(2, 3) / (WIDTH // HEADS) ** 0.5 + mask
        seen = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, WIDTH)
        x = self.first(x + self.output(seen))
        return self.second(x + self.narrow(nn.functional.gelu(self.wide(x))))


class Bert(nn.Module):
    """Word pieces in, one vector a word piece out."""

    def __init__(self) -> None:
        """Make an untrained encoder."""
        super().__init__()
        self.words, self.places, self.types = nn.Embedding(WORDS, WIDTH), nn.Embedding(PLACES, WIDTH), nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, _EPSILON)
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return hidden states, shape `(n, t, 384)`, of word pieces, all three arguments of shape `(n, t)`."""
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.norm(self.words(input_ids) + self.places(places) + self.types(token_type_ids))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * -1e4
        for layer in self.layers:
            x = layer(x, mask)
        return x


def published(path: Path) -> Bert:
    """Return the encoder with the weights of `model.safetensors`."""
    given = {k.removeprefix("bert."): v for k, v in load_file(str(path)).items()}
    names = {"words": "word_embeddings", "places": "position_embeddings", "types": "token_type_embeddings", "norm": "LayerNorm"}
    state = {}
    model = Bert()
    inside = {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "output": "attention.output.dense",
        "first": "attention.output.LayerNorm",
        "wide": "intermediate.dense",
        "narrow": "output.dense",
        "second": "output.LayerNorm",
    }
    for name in model.state_dict():
        head, _, rest = name.partition(".")
        if head == "layers":
            number, part, kind = rest.split(".")
            state[name] = given[f"encoder.layer.{number}.{inside[part]}.{kind}"]
        else:
            state[name] = given[f"embeddings.{names[head]}.{rest}"]
    model.load_state_dict(state)
    return model
