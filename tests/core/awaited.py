"""A backbone as the page has it."""

import asyncio
import hashlib


class Awaited:
    """A backbone as the page has it: its answers are awaited. Keeps the crops that it was given."""

    workers, stride = 2, 0

    def __init__(self, backbone, prior=None, name="pixels"):
        self.backbone, self.prior = backbone, prior
        self.name, self.input_size, self.dim = name, backbone.input_size, backbone.dim
        self.sha256 = backbone.sha256 if prior else hashlib.sha256(name.encode()).hexdigest()
        self.seen = []

    async def embed(self, x):
        self.seen += [row.tobytes() for row in x]
        await asyncio.sleep(0)
        return self.backbone.embed(x)
