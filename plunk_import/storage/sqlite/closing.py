"""Files of ours that a block has open, and that are closed at its end."""

import abc
from types import TracebackType
from typing import Self


class ClosedAtEnd(abc.ABC):
    """Is closed at the end of a `with` block, however that ends."""

    @abc.abstractmethod
    def close(self) -> None:
        """Give up what is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
