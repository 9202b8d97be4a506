"""Say what was measured: a Markdown page, a plot, and the ratios on the terminal."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tools.bench.compare import Measured, Plan, saturated
from tools.bench.load import Load
from tools.bench.scaling import Grown, cores, ratio

# Against which, what, how, how much at most (or at least): what the bot promises.
_PROMISES = (
    ("init", "p50, one client", "at most", 0.45),
    ("init", "messages/s, 8 clients", "at least", 4.0),
    ("init", "time to first answer", "at most", 0.45),
    ("init", "peak memory", "at most", 0.75),
    ("floor", "p50, one client", "at most", 2.5),
)


def ratios(measured: Mapping[str, Measured]) -> list[tuple[str, str, float, str, float]]:
    """Return the promised ratios of ours to the others: against, what, ratio, bound, limit."""
    ours = measured["ours"]
    found = []
    for against, what, bound, limit in _PROMISES:
        other = measured.get(against)
        if other is None:
            continue
        value = _figure(ours, what) / _figure(other, what)
        found.append((other.name, what, value, bound, limit))
    return found


def _figure(measured: Measured, what: str) -> float:
    if what == "p50, one client":
        return measured.closed[1].milliseconds(50) if 1 in measured.closed else math.nan
    if what == "messages/s, 8 clients":
        return measured.closed[8].rate if 8 in measured.closed else math.nan
    if what == "time to first answer":
        return measured.first_answer
    return measured.memory_mb or math.nan


def kept(value: float, bound: str, limit: float) -> bool:
    """Tell whether a ratio keeps its limit; one that was not measured does not."""
    return value <= limit if bound == "at most" else value >= limit


def markdown(
    plan: Plan,
    measured: Mapping[str, Measured],
    passages: Sequence[Grown],
    lengths: Sequence[Grown],
    plot: str = "",
    engines: str = "",
) -> str:
    """Return the page; `engines` is what was measured of workers on engines, as Markdown."""
    sections = list(_sections(plan, measured, passages, lengths, plot))
    if engines:
        sections += [
            "## Workers on PostgreSQL, Redis, RabbitMQ and nginx",
            "How it was measured, and a plan: [scale.md](scale.md).",
            engines,
        ]
    return "\n\n".join(sections) + "\n"


def _sections(
    plan: Plan, measured: Mapping[str, Measured], passages: Sequence[Grown], lengths: Sequence[Grown], plot: str
) -> Iterable[str]:
    yield "# How fast, how heavy"
    yield (
        "Written by `make bench`; do not edit. "
        f"{time.strftime('%d %B %Y')}, {cores()} processors ({platform.machine()}), Python {platform.python_version()}.\n"
        "One run on one machine: every burst on one bot is followed by the same burst on the next. The messages are held-out\n"
        "questions that people wrote; every client is a visitor who asks ten and leaves. Each bot was first asked 40 questions\n"
        "that do not count. The client runs on the same processors."
    )
    if measured:
        yield from _compared(plan, measured)
    if plot:
        yield f"![Latency and throughput]({plot})"
    if passages:
        yield "## A longer statement"
        yield (
            "From the text of a message to the decision which sentence answers, without a server. The statements are made up\n"
            "and have no question bank."
        )
        rows = [
            [f"{g.size:,}", g.failure or _ms(g.p50), "" if g.failure else f"{g.training_seconds:.0f} s", _mb(g.memory_mb)]
            for g in passages
        ]
        yield _table(["passages", "p50", "training", "peak memory"], rows)
        yield f"Largest against smallest: {_x(ratio(passages))}; promised: at most 1.5x."
    if lengths:
        yield "## A longer conversation"
        yield "Messages to the running bot in conversations that hold this many events, in turn."
        yield _table(["events", "p50", "p95"], [[f"{g.size:,}", _ms(g.p50), _ms(_p95(g))] for g in lengths])
        yield f"Longest against shortest: {_x(ratio(lengths))}; promised: at most 1.5x."


def _compared(plan: Plan, measured: Mapping[str, Measured]) -> Iterable[str]:
    names = [m.name for m in measured.values()]
    yield "## Promised, against the others in this run"
    rows = [
        [f"{what}, against {name}", f"{bound} {limit:g}x", _x(value), "yes" if kept(value, bound, limit) else "**no**"]
        for name, what, value, bound, limit in ratios(measured)
    ]
    yield _table(["", "promised", "measured", "kept"], rows)
    yield "## Side by side"
    yield (
        "On stock seams this bot has Rasa's own policy, stores, agent, channel and action server: what `bot/rasa` spares.\n"
        "`rasa init` is the bot that this command makes, untouched. The floor has our intents, word and letter counts with\n"
        "logistic regression, rules, plain responses, and no action server: what the framework itself costs."
    )
    yield _table(["", *names], [[title, *cells] for title, cells in _side_by_side(plan, measured)])
    yield "## Fixed arrivals"
    yield (
        "Messages arrive whether or not earlier ones are answered; latency counts from when a message was due. A rate that a\n"
        "bot cannot keep up with is marked †, and no higher one is tried."
    )
    rates = sorted({r for m in measured.values() for r in m.opened})
    yield _table(
        ["arrivals/s", *names],
        [[str(rate), *(_opened(m.opened.get(rate), rate) for m in measured.values())] for rate in rates],
    )
    others = [load.others / load.seconds for m in measured.values() for load in m.closed.values() if load.seconds]
    yield (
        f"All else on the machine, the client included, took {min(others):.2f} to {max(others):.2f} processors\n"
        "while the closed loops ran."
        if others
        else ""
    )


def _side_by_side(plan: Plan, measured: Mapping[str, Measured]) -> Iterable[tuple[str, list[str]]]:
    all_ = list(measured.values())
    yield "time to first answer (process start, median)", [f"{m.first_answer:.1f} s" for m in all_]
    yield "peak memory, all processes", [_mb(m.memory_mb) for m in all_]
    yield "training", [f"{m.training.seconds:.0f} s, {_mb(m.training.memory_mb)}" if m.training else "" for m in all_]
    for clients in plan.clients:
        loads = [m.closed.get(clients, Load()) for m in all_]
        who = "1 client" if clients == 1 else f"{clients} clients"
        for percent in (50, 95, 99):
            yield f"p{percent}, {who}", [_ms(load.milliseconds(percent)) for load in loads]
        yield f"messages/s, {who}", [f"{load.rate:.1f}" for load in loads]
        yield f"processor time a message, {who}", [_ms(load.cpu_a_message) for load in loads]
        yield f"errors, {who}", [f"{load.errors} of {load.errors + load.messages:,}" for load in loads]


def _opened(load: Load | None, rate: int) -> str:
    if load is None:
        return ""
    mark = "†" if saturated(load, rate) else ""
    return f"p50 {_ms(load.milliseconds(50))}, p99 {_ms(load.milliseconds(99))}, {load.rate:.0f}/s, {load.errors} errors{mark}"


def plot(path: Path, measured: Mapping[str, Measured]) -> None:
    """Draw latency over fixed arrivals and throughput over clients, as PNG."""
    import matplotlib  # Imported here: measuring needs no plotting.

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    marks = ("o-", "s--", "^:", "d-.")
    for (_, one), mark in zip(measured.items(), marks):
        rates = sorted(one.opened)
        line = left.plot(rates, [one.opened[r].milliseconds(50) for r in rates], mark, label=f"{one.name.strip('`')}, p50")[0]
        p99 = [one.opened[r].milliseconds(99) for r in rates]
        left.plot(rates, p99, mark, color=line.get_color(), alpha=0.4, label=f"{one.name.strip('`')}, p99")
        clients = sorted(one.closed)
        right.plot(clients, [one.closed[c].rate for c in clients], mark, label=one.name.strip("`"), color=line.get_color())
    left.set(xscale="log", yscale="log", xlabel="arrivals a second", ylabel="milliseconds", title="Latency at fixed arrivals")
    right.set(xlabel="clients that wait", ylabel="messages a second", title="Throughput", ylim=(0, None))
    for axis in (left, right):
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def summary(measured: Mapping[str, Measured], passages: Sequence[Grown], lengths: Sequence[Grown]) -> str:
    """Return the ratios, one a line, for the terminal."""
    lines = []
    for name, what, value, bound, limit in ratios(measured) if "ours" in measured else ():
        lines.append(_line(f"{what}, against {name}", value, bound, limit))
    if passages:
        lines.append(_line("p50, most passages against fewest", ratio(passages), "at most", 1.5))
    if lengths:
        lines.append(_line("p50, longest conversation against shortest", ratio(lengths), "at most", 1.5))
    return "\n".join(lines)


def _line(what: str, value: float, bound: str, limit: float) -> str:
    return f"{'kept  ' if kept(value, bound, limit) else 'MISSED'}  {what}: {_x(value)} ({bound} {limit:g}x)"


def _p95(grown: Grown) -> float:
    ordered = sorted(grown.milliseconds)
    return ordered[int(len(ordered) * 0.95)] if ordered else math.nan


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _ms(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f} ms"


def _mb(value: float) -> str:
    return f"{value:,.0f} MB" if value else ""


def _x(value: float) -> str:
    return "not measured" if math.isnan(value) else f"{value:.2f}x"
