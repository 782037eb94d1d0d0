"""Starts MiniStack on a Unix socket, keeps its files private to their owner, and saves its state while it runs.

MiniStack's own program listens on a port, which every page and every user of the machine can reach, and saves its state only
when it is stopped: a kill loses all of it. Everything else is MiniStack's default, set by the same variables.
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

# Seconds between a change and its save, and the share of time spent on saving: slow saves are made less often.
MIN_PAUSE = 3.0
MAX_SHARE = 0.1

# Frequent actions that change nothing.
READ_ACTIONS = re.compile(rb"\.(Describe|List|Get|BatchGet|Query|Scan)")


class Saver:
    """Saves what has changed, one file for each service: each file is written atomically."""

    def __init__(self):
        self.changed = asyncio.Event()
        self.images_changed = False
        self.saved = {}
        self.saving = asyncio.Lock()

    def see(self, scope):
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return
        if any(name == b"x-amz-target" and READ_ACTIONS.search(value) for name, value in scope["headers"]):
            return
        # Image layers are most of the state and rarely change.
        self.images_changed = self.images_changed or scope["path"].startswith("/v2/")
        self.changed.set()

    async def run(self):
        pause = MIN_PAUSE
        while True:
            await self.changed.wait()
            await asyncio.sleep(pause)
            self.changed.clear()
            began = time.monotonic()
            async with self.saving:
                await self.save()
            pause = max(MIN_PAUSE, (time.monotonic() - began) / MAX_SHARE)

    async def save(self):
        # One snapshot of all services, so that references between them are consistent.
        for name, state, seen in self.changed_states():
            await asyncio.to_thread(save_state, name, state)
            self.saved[name] = seen

    def changed_states(self):
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
        task = asyncio.create_task(saver.run())

        async def receive_and_end():
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                # From here MiniStack itself writes the same files.
                async with saver.saving:
                    task.cancel()
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
