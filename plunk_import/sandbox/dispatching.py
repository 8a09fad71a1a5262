"""The server's second try at telling workflows of an event, after the first has failed."""

import asyncio

from plunk_import.sandbox.store import Store


class Redispatcher:
    """Tries again when the time has come; what is pending outlives a killed server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()

    def resume(self) -> None:
        """Take up what an earlier server has left pending. Needs a running event loop."""
        now = self._store.clock.now()
        for event_id, due_at in self._store.pending_dispatches():
            self.schedule(event_id, max(0.0, due_at - now))

    def schedule(self, event_id: str, seconds: float) -> None:
        """Dispatch an event after a while."""
        task = asyncio.create_task(self._dispatch(event_id, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _dispatch(self, event_id: str, seconds: float) -> None:
        await self._store.clock.sleep(seconds)
        self._store.dispatch(event_id)
