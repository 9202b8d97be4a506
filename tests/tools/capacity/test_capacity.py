"""The simulation against what is known about queues without simulating."""

from __future__ import annotations

import math
import random
from statistics import mean

import pytest

from bot.run.build import RunError
from tools.capacity.__main__ import between
from tools.capacity.events import Place, Process, Simulation
from tools.capacity.model import Model, Service, queue

_SERVICE = 0.02


def _erlang_c(servers: int, offered: float) -> float:
    """Return the share of messages that wait in M/M/c."""
    waiting = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return waiting / (sum(offered**n / math.factorial(n) for n in range(servers)) + waiting)


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.5), (1, 0.8), (2, 0.7), (4, 0.8)])
def test_mean_time_in_a_queue_is_that_of_m_m_c(servers: int, busy: float) -> None:
    rate = busy * servers / _SERVICE
    found = queue(servers, rate, lambda chance: chance.expovariate(1 / _SERVICE), 40_000)
    known = _SERVICE + _erlang_c(servers, rate * _SERVICE) / (servers / _SERVICE - rate)
    assert mean(found) == pytest.approx(known, rel=0.08)


def test_percentile_in_m_m_1_is_exponential() -> None:
    rate = 0.7 / _SERVICE
    found = sorted(queue(1, rate, lambda chance: chance.expovariate(1 / _SERVICE), 40_000))
    assert found[int(0.99 * len(found))] == pytest.approx(-math.log(0.01) / (1 / _SERVICE - rate), rel=0.1)


def test_m_d_1_waits_half_as_long_as_m_m_1() -> None:
    found = queue(1, 0.8 / _SERVICE, lambda _: _SERVICE, 40_000)
    assert mean(found) - _SERVICE == pytest.approx(0.8 / 0.2 * _SERVICE / 2, rel=0.08)


def test_a_place_is_had_by_so_many_at_a_time_in_the_order_of_their_coming() -> None:
    simulation, place, inside, order = Simulation(), Place(2), [0], []

    def process(number: int) -> Process:
        yield number * 0.001
        yield place
        order.append(number)
        inside[0] += 1
        assert inside[0] <= place.count
        yield random.Random(number).random()
        inside[0] -= 1
        simulation.leave(place)

    for number in range(50):
        simulation.start(process(number))
    simulation.run(100.0)
    assert order == list(range(50))
    assert place.free == 2


def test_one_python_lock_bounds_a_worker_and_a_second_worker_doubles_it() -> None:
    python = Service(loop=0.006, python=(0.004,), native=(0.0,), postgres=0.001)
    one, two = (Model(python, workers).closed(32, 10.0).rate for workers in (1, 2))
    assert one == pytest.approx(100, rel=0.02)
    assert two == pytest.approx(200, rel=0.02)


def test_shared_processors_bound_all_workers_together() -> None:
    service = Service(loop=0.006, python=(0.002,), native=(0.008,), postgres=0.004)
    assert Model(service, 3, processors=2).closed(16, 10.0).rate == pytest.approx(100, rel=0.05)


def test_the_same_seed_gives_the_same_outcome() -> None:
    service = Service(loop=0.004, python=(0.002, 0.003), native=(0.004, 0.009), postgres=0.002)
    first, again, other = (Model(service, 2, seed=s).opened(80, 5.0).latencies for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_page_gets_its_text_between_its_marks_or_is_refused() -> None:
    page = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"
    assert between(page, "x", "new") == "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n"
    with pytest.raises(RunError):
        between(page, "y", "new")
