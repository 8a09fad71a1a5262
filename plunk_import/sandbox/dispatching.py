"""The server's second try at telling workflows of an event, after the first has failed."""

from plunk_import.sandbox.store import Store
from plunk_import.sandbox.work import Work


class Redispatcher:
    """Tries again when the time has come; what is pending outlives a killed server."""

    def __init__(self, store: Store, work: Work) -> None:
        self._store = store
        self._work = work

    def resume(self) -> None:
        """Resume what an earlier server has left pending. Needs a running event loop."""
        now = self._store.clock.now()
        for event_id, due_at in self._store.pending_dispatches():
            self.schedule(event_id, max(0.0, due_at - now))

    def schedule(self, event_id: str, seconds: float) -> None:
        """Dispatch an event after a while."""
        self._work.start(self._dispatch(event_id, seconds))

    async def _dispatch(self, event_id: str, seconds: float) -> None:
        await self._store.clock.sleep(seconds)
        self._store.dispatch(event_id)
