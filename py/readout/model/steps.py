"""Computations that ask a backbone on their way: generators that yield what to embed and are sent the embeddings."""

from collections.abc import Awaitable, Callable, Generator
from typing import TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


def drive(steps: Generator[Asked, Answer, Result], embed: Callable[[Asked], Answer]) -> Result:
    """The result of steps where the backbone answers at once."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send(embed(asked))
    except StopIteration as end:
        found: Result = end.value
        return found


async def drive_async(steps: Generator[Asked, Answer, Result], embed: Callable[[Asked], Awaitable[Answer]]) -> Result:
    """The same where it answers later."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send(await embed(asked))
    except StopIteration as end:
        found: Result = end.value
        return found
