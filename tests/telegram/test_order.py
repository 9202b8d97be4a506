"""Order of updates: within a chat, between chats, and after a muddle on the way."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

from bot.channels.telegram.order import ChatQueues, UpdateOrder


def test_lanes_keep_order_within_a_chat_and_run_chats_side_by_side() -> None:
    async def main() -> None:
        done: list[tuple[int, int]] = []
        met = asyncio.Event()

        async def handle(item: tuple[int, int]) -> None:
            # The first of each chat waits for the other's: only side by side do they get through.
            if item == (1, 0):
                met.set()
            elif item == (2, 0):
                await asyncio.wait_for(met.wait(), 2)
            await asyncio.sleep(random.random() / 200)
            done.append(item)

        queues: ChatQueues[tuple[int, int]] = ChatQueues(handle)
        for n in range(20):
            queues.put(2, (2, n))
            queues.put(1, (1, n))
        await asyncio.sleep(0.5)
        assert [n for chat, n in done if chat == 1] == list(range(20))
        assert [n for chat, n in done if chat == 2] == list(range(20))

    asyncio.run(main())


def test_lanes_outlive_a_failure() -> None:
    async def main() -> None:
        done: list[int] = []

        async def handle(item: int) -> None:
            if item == 1:
                raise RuntimeError("no")
            done.append(item)

        queues: ChatQueues[int] = ChatQueues(handle)
        for n in range(3):
            queues.put(1, n)
        await asyncio.sleep(0.05)
        assert done == [0, 2]

    asyncio.run(main())


def test_lanes_closing_ends_what_is_begun_and_begins_nothing() -> None:
    async def main() -> None:
        done: list[int] = []

        async def handle(item: int) -> None:
            await asyncio.sleep(0.1)
            done.append(item)

        queues: ChatQueues[int] = ChatQueues(handle)
        queues.put(1, 1)
        queues.put(1, 2)
        await asyncio.sleep(0.02)
        await queues.close(2)
        queues.put(1, 3)
        await asyncio.sleep(0.15)
        assert done == [1]

    asyncio.run(main())


def _sequence(numbers: list[int], patience: float = 0.05, pause: float = 0.0, after: int | None = None) -> list[int]:
    async def main() -> list[int]:
        out: list[int] = []

        def release(update: dict[str, Any]) -> None:
            out.append(update["update_id"])

        sequence = UpdateOrder(release, patience)
        if after is not None:
            sequence.start_after(after)
        for number in numbers:
            sequence.put(number, {"update_id": number})
            await asyncio.sleep(pause)
        await asyncio.sleep(3 * patience)
        return out

    return asyncio.run(main())


def test_sequence_puts_updates_back_in_order() -> None:
    numbers = list(range(10, 60))
    muddled = numbers[:1] + random.Random(1).sample(numbers[1:], 49)
    assert _sequence(muddled) == numbers


def test_sequence_gives_every_gap_its_own_time() -> None:
    # The gap before 5 opens late in the time of the gap before 3, and is closed soon.
    async def main() -> list[int]:
        out: list[int] = []
        sequence: UpdateOrder[int] = UpdateOrder(out.append, 0.2)
        for number, pause in ((1, 0.0), (3, 0.05), (2, 0.12), (5, 0.06), (4, 0.0)):
            sequence.put(number, number)
            await asyncio.sleep(pause)
        return out

    assert asyncio.run(main()) == [1, 2, 3, 4, 5]


def test_sequence_does_not_give_up_over_a_stall() -> None:
    async def main() -> list[int]:
        out: list[int] = []
        sequence: UpdateOrder[int] = UpdateOrder(out.append, 0.1)
        sequence.put(1, 1)
        sequence.put(3, 3)
        await asyncio.sleep(0.02)
        # The machine stands still for longer than the patience; 2 arrived meanwhile and is read right after.
        time.sleep(0.3)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sequence.put(2, 2)
        return out

    assert asyncio.run(main()) == [1, 2, 3]


def test_sequence_does_not_wait_for_ever() -> None:
    assert _sequence([1, 3, 4]) == [1, 3, 4]


def test_sequence_lets_a_straggler_through() -> None:
    assert _sequence([1, 3, 2], patience=0.02, pause=0.06) == [1, 3, 2]


def test_sequence_goes_on_from_before_a_restart() -> None:
    assert _sequence([12, 11], after=10) == [11, 12]


def test_sequence_takes_a_new_count() -> None:
    assert _sequence([900_000_001, 5, 6], after=900_000_000) == [900_000_001, 5, 6]
