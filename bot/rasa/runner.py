"""Runs a model's graph node after node, without planning it anew for every message as Rasa's own runner does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

# A node, its name and the names that it takes its inputs from.
Step = tuple[str, GraphNode, tuple[str, ...]]


class PlannedRunner(GraphRunner):
    """A graph whose order is found once for each set of targets.

    Args:
        schema: The graph.
        nodes: Its nodes, by name, with their components loaded.
    """

    def __init__(self, schema: GraphSchema, nodes: Mapping[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._plans: dict[tuple[str, ...], list[Step]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> PlannedRunner:
        """Load the components of a graph (called by Rasa's loader)."""
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Run what the targets need.

        Args:
            inputs: Values of names that nodes take their inputs from.
            targets: Names of nodes; without them, those of the graph.

        Returns:
            The output of each target.
        """
        wanted = tuple(targets or self._schema.target_names)
        done: dict[str, Any] = dict(inputs or {})
        for name, node, needs in self._plan(wanted):
            # A name that nothing provides is handed on as it is; the node says so.
            done[name] = node(*[(n, done[n]) if n in done else n for n in needs])[1]
        return {target: done[target] for target in wanted}

    def _plan(self, wanted: tuple[str, ...]) -> list[Step]:
        if wanted not in self._plans:
            nodes = self._schema.minimal_graph_schema(list(wanted)).nodes
            order: list[str] = []
            for name in nodes:
                _visit(name, {n: tuple(s.needs.values()) for n, s in nodes.items()}, order)
            self._plans[wanted] = [(n, self._nodes[n], tuple(nodes[n].needs.values())) for n in order]
        return self._plans[wanted]


def _visit(name: str, needs: dict[str, Sequence[str]], order: list[str]) -> None:
    """Put a node into the order, after those that it needs; Rasa has made sure that there is no circle."""
    if name in order:
        return
    for need in needs[name]:
        if need in needs:
            _visit(need, needs, order)
    order.append(name)
