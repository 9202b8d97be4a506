"""The bench measures what it says it measures."""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from bot.errors import ROOT
from bot.read.seeds import read_seeds
from tools.bench.compare import Measured, Plan, saturated
from tools.bench.load import Load, closed_loop, from_turn, load_questions, open_loop
from tools.bench.process import cpu_seconds, memory_mb, tree
from tools.bench.report import kept, markdown, plot, ratios, summary
from tools.bench.scaling import Grown, ratio
from tools.bench.statements import asked, statement, write
from tools.bench.systems import floor_files, stock_config, stock_endpoints


async def _serve(answer: Callable[[web.Request], Awaitable[web.Response]]) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]


async def _server(delay: float, status: int = 200) -> tuple[web.AppRunner, str, list[str]]:
    senders: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        senders.append((await request.json())["sender"])
        await asyncio.sleep(delay)
        return web.json_response([{"text": "x"}], status=status)

    return *(await _serve(answer)), senders


def test_closed_loop_waits_for_answers_and_changes_visitors() -> None:
    async def measure() -> tuple[Load, list[str]]:
        runner, url, senders = await _server(0.02)
        load = await closed_loop(url, itertools.cycle(["hello"]), 4, 1.0)
        await runner.cleanup()
        return load, senders

    load, senders = asyncio.run(measure())
    assert load.errors == 0
    assert load.milliseconds(50) >= 20
    assert load.rate == pytest.approx(4 / (load.milliseconds(50) / 1000), rel=0.3)
    assert max(senders.count(s) for s in senders) == 10


def test_open_loop_counts_from_when_a_message_was_due() -> None:
    async def measure() -> Load:
        gate = asyncio.Lock()

        async def answer(_: web.Request) -> web.Response:
            # One at a time, 50 ms each: 40 a second cannot be kept up with.
            async with gate:
                await asyncio.sleep(0.05)
            return web.json_response([{"text": "x"}])

        runner, url = await _serve(answer)
        load = await open_loop(url, itertools.cycle(["hello"]), 40, 1.0)
        await runner.cleanup()
        return load

    load = asyncio.run(measure())
    assert load.messages == 40
    assert load.milliseconds(99) > 700
    assert saturated(load, 40)


def test_errors_are_counted_not_timed() -> None:
    async def measure() -> Load:
        runner, url, _ = await _server(0.0, status=500)
        load = await closed_loop(url, itertools.cycle(["hello"]), 1, 0.2)
        await runner.cleanup()
        return load

    load = asyncio.run(measure())
    assert load.errors > 0
    assert load.messages == 0
    assert math.isnan(load.milliseconds(50))


def test_process_figures_cover_children() -> None:
    child = "x = bytearray(80 << 20); t = sum(range(10**7)); import time; time.sleep(20)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    parent = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    try:
        until = time.monotonic() + 15
        while memory_mb([parent.pid]) < 80 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(tree([parent.pid])) == 2
        assert memory_mb([parent.pid], peak=True) >= memory_mb([parent.pid]) - 1 > 80
        time.sleep(1)
        assert cpu_seconds([parent.pid]) > 0.05
    finally:
        os.killpg(parent.pid, 9)
        parent.wait()
    assert tree([parent.pid]) == []


def test_questions_are_the_same_for_all_systems_in_a_turn() -> None:
    questions = load_questions()
    assert len(questions) > 400
    assert questions == load_questions()
    first = list(itertools.islice(from_turn(questions, 1), 5))
    assert first == list(itertools.islice(from_turn(questions, 1), 5))
    assert first != list(itertools.islice(from_turn(questions, 0), 5))


@pytest.mark.parametrize("passages", [22, 200])
def test_statements_have_the_passages_asked_for(tmp_path: Path, passages: int) -> None:
    questions = write(tmp_path, passages)
    (document,) = read_seeds(tmp_path)
    assert len(document.quotable) == len(questions) == passages
    assert statement(passages) == statement(passages)
    assert len(set(asked(questions, 200))) == 200
    assert len({document.quote(p) for p in document.quotable}) == passages


def test_the_floor_is_a_whole_rasa_project_without_our_code() -> None:
    files = floor_files(ROOT)
    config, domain = yaml.safe_load(files["config.yml"]), yaml.safe_load(files["domain.yml"])
    rules = yaml.safe_load(files["data/rules.yml"])["rules"]
    assert not any("bot." in c["name"] for c in [*config["pipeline"], *config["policies"]])
    assert {s["intent"] for r in rules for s in r["steps"] if "intent" in s} == set(domain["intents"])
    assert {s["action"] for r in rules for s in r["steps"] if "action" in s} <= set(domain["responses"])
    labelled = {
        e["intent"]
        for name, text in files.items()
        if "rules" not in name and name.startswith("data/")
        for e in yaml.safe_load(text)["nlu"]
    }
    assert labelled == set(domain["intents"])


def test_stock_seams_have_our_component_and_nothing_else_of_ours() -> None:
    config, endpoints = stock_config(ROOT), stock_endpoints(5055)
    assert [c["name"] for c in config["pipeline"]] == ["bot.rasa.component.PassageClassifier"]
    assert config["policies"] == [{"name": "RulePolicy"}]
    assert "bot." not in str(endpoints)
    assert "inside" not in endpoints["action_endpoint"]


def _measured(name: str, milliseconds: float, memory: float) -> Measured:
    load = Load(seconds=1.0, latencies=[milliseconds / 1000] * 20, cpu=0.1)
    return Measured(name, None, [10.0], {1: load, 8: load, 32: load}, {10: load}, memory)


def test_the_report_tells_kept_from_missed(tmp_path: Path) -> None:
    measured = {
        "ours": _measured("this bot", 10, 400),
        "init": _measured("`rasa init`", 30, 1000),
        "floor": _measured("the floor", 5, 500),
    }
    by_name = {(name, what): kept(value, bound, limit) for name, what, value, bound, limit in ratios(measured)}
    assert by_name["`rasa init`", "p50, one client"]
    assert by_name["`rasa init`", "peak memory"]
    assert not by_name["`rasa init`", "messages/s, 8 clients"]
    lengths = [Grown(10, [1.0]), Grown(1000, [2.0])]
    page = markdown(Plan(), measured, [Grown(22, failure="no memory")], lengths, "bench.png")
    assert "no memory" in page
    assert "2.00x" in page
    assert "MISSED  messages/s, 8 clients" in summary(measured, [], lengths)
    plot(tmp_path / "bench.png", measured)
    assert (tmp_path / "bench.png").stat().st_size > 5_000


def test_what_was_not_measured_is_not_kept() -> None:
    assert not kept(math.nan, "at most", 1.0)
    assert math.isnan(ratio([Grown(22, [1.0]), Grown(200, failure="too long")]))
