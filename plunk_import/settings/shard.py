"""The part of an import that one of several senders takes."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True, slots=True)
class Shard:
    """Shard `number`, from 1, of an import that `count` senders share."""

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ValueError(
                f"'{self.number}/{self.count}' is not a shard: write I/N, from 1/N to N/N"
            )

    def __str__(self) -> str:
        """Write it as people do: `2/4`."""
        return f"{self.number}/{self.count}"


def parse_shard(text: str) -> Shard:
    """Read a shard such as `2/4`.

    Raises:
        ValueError: with a sentence that says what is accepted.

    """
    if (found := re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", text)) is None:
        raise ValueError(f"{text!r} is not a shard: write I/N, such as 2/4")
    return Shard(int(found[1]), int(found[2]))


def read_shard(value: object) -> object:
    """Read a text; leave everything else to pydantic."""
    return parse_shard(value) if isinstance(value, str) else value
