"""Starts MiniStack on a Unix socket, with what it writes closed to other users, and saved while it runs.

Its own program listens on a port, where every page and every user of the machine reaches it, and saves its state when it is
stopped: one that is killed has lost all of it. The rest is as MiniStack has it, set by the same variables.
"""

import asyncio
import hashlib
import os
import pickle
import re
import sys
import time

os.umask(0o077)

from hypercorn.asyncio import serve  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack import app as ministack  # noqa: E402
from ministack.core.persistence import PERSIST_STATE, save_state  # noqa: E402

# Seconds between a change and the save of it, at the least; a save that takes long is made more seldom.
PATIENCE = 3.0
SHARE = 0.1

# What is asked all the time and changes nothing.
READING = re.compile(rb"\.(Describe|List|Get|BatchGet|Query|Scan)")


class Saver:
    """Saves what has changed, service by service: each file appears whole or not at all."""

    def __init__(self):
        self.changed = asyncio.Event()
        self.images_changed = False
        self.saved = {}
        self.at_work = asyncio.Lock()

    def see(self, scope):
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return
        if any(name == b"x-amz-target" and READING.search(value) for name, value in scope["headers"]):
            return
        # The layers of images are most of the state, and seldom change.
        self.images_changed = self.images_changed or scope["path"].startswith("/v2/")
        self.changed.set()

    async def run(self):
        pause = PATIENCE
        while True:
            await self.changed.wait()
            await asyncio.sleep(pause)
            self.changed.clear()
            began = time.monotonic()
            async with self.at_work:
                await self.save()
            pause = max(PATIENCE, (time.monotonic() - began) / SHARE)

    async def save(self):
        # All of one moment: what one service names is there in the other.
        for name, state, seen in self.look():
            await asyncio.to_thread(save_state, name, state)
            self.saved[name] = seen

    def look(self):
        found = []
        for name, get_state in ministack._build_persistence_save_dict().items():
            if name == "ecr" and not self.images_changed:
                continue
            try:
                state = get_state()
                seen = None if name == "ecr" else hashlib.blake2b(pickle.dumps(state)).digest()
            except Exception as error:
                ministack.logger.warning("The state of %s can't be saved while it runs: %s", name, error)
                continue
            if state is not None and (name == "ecr" or self.saved.get(name) != seen):
                found.append((name, state, seen))
        self.images_changed = False
        return found


saver = Saver()


async def app(scope, receive, send):
    if scope["type"] == "lifespan" and PERSIST_STATE:
        saving = asyncio.create_task(saver.run())

        async def receive_and_end():
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                # MiniStack writes the same files now.
                async with saver.at_work:
                    saving.cancel()
            return message

        await ministack.app(scope, receive_and_end, send)
        return
    if scope["type"] == "http":
        saver.see(scope)
    await ministack.app(scope, receive, send)


def main():
    config = Config()
    config.bind = [f"unix:{sys.argv[1]}"]
    config.keep_alive_timeout = 75
    asyncio.run(serve(app, config))


main()
