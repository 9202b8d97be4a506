"""MiniLM (a BERT of six layers) in plain PyTorch, with the names that its published weights have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load_file
from torch import Tensor, nn

LAYERS, WIDTH, HEADS, INNER, WORDS, PLACES = 6, 384, 12, 1536, 30522, 512
_EPSILON = 1e-12
_DROPOUT = 0.1


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH, _EPSILON), nn.LayerNorm(WIDTH, _EPSILON)
        self.drop = nn.Dropout(_DROPOUT)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        n, t, _ = x.shape
        q, k, v = (f(x).view(n, t, HEADS, WIDTH // HEADS).transpose(1, 2) for f in (self.query, self.key, self.value))
        scores = q @ k.transpose(2, 3) / (WIDTH // HEADS) ** 0.5 + mask
        seen = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, WIDTH)
        x = self.first(x + self.drop(self.output(seen)))
        return self.second(x + self.drop(self.narrow(nn.functional.gelu(self.wide(x)))))


class Bert(nn.Module):
    """Word pieces in, one vector a word piece out."""

    def __init__(self) -> None:
        """Make an untrained encoder."""
        super().__init__()
        self.words, self.places, self.types = nn.Embedding(WORDS, WIDTH), nn.Embedding(PLACES, WIDTH), nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, _EPSILON)
        self.drop = nn.Dropout(_DROPOUT)
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return hidden states, shape `(n, t, 384)`, of word pieces, all three arguments of shape `(n, t)`."""
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.drop(self.norm(self.words(input_ids) + self.places(places) + self.types(token_type_ids)))
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


def shipped(path: Path) -> Bert:
    """Return the encoder with the weights of a `reader.onnx` as `tools.reader.shrink` writes it."""
    graph = onnx.load(path).graph
    held = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in held:
            values, scale = (held[name].astype(np.float32) for name in node.input[:2])
            # Embedding tables have a scale for each row (axis 0), weights of matrix products one for each column.
            held[node.output[0]] = values * (scale[:, None] if node.attribute[0].i == 0 else scale)
    made = {node.output[0]: node for node in graph.node}
    model = Bert()
    state = dict(model.state_dict())
    for name in state:
        if name in held:
            state[name] = torch.tensor(held[name])
    for node in graph.node:
        bias = next((i for i in node.input if i in state and i.endswith(".bias")), "") if node.op_type == "Add" else ""
        if bias:
            (product,) = (made[i] for i in node.input if i != bias)
            # The export names a linear layer's weight anew and turns it round; its bias keeps the name.
            state[bias.removesuffix("bias") + "weight"] = torch.tensor(held[product.input[1]].T)
    model.load_state_dict(state)
    return model
