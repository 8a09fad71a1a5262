"""How rows are sent: pace, patience, and what stops a run."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    StringConstraints,
    model_validator,
)

from plunk_import.plunk import DEFAULT_HEADROOM
from plunk_import.settings.checked import Checked
from plunk_import.settings.rate import Rate, parse_rate
from plunk_import.settings.shard import Shard, read_shard


class SendSettings(BaseModel, metaclass=Checked):
    """How rows are sent: pace, patience and what stops a run.

    Durations are in seconds. `rate` is `auto`, `unlimited`, or a number a time such as
    `1000/min` or `100/s`. `max_rejects` and `accept_rejects` are numbers of rows or, below 1,
    shares of them: more than the one stop a run, up to the other its exit code is 0. `max_drop` is
    the share by which a file may fall short of the last run in the history. `shard` is
    the part of the import that this run takes, as `2/4`; the rate is of the whole import. In
    `manifest`, a directory or the URL of one, all shards note what they take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: Annotated[str, StringConstraints(strip_whitespace=True)] = "auto"
    max_in_flight: Annotated[int, Field(ge=1, le=1000)] = 10
    headroom: Annotated[float, Field(ge=0, lt=1)] = DEFAULT_HEADROOM
    patience_seconds: PositiveFloat = 600.0
    request_timeout_seconds: PositiveFloat = 60.0
    connect_timeout_seconds: PositiveFloat = 10.0
    attempts: PositiveInt = 6
    in_doubt: Literal["hold", "resend"] = "hold"
    settle_seconds: Annotated[float, Field(ge=0)] = 30.0
    rest_seconds: Annotated[float, Field(ge=0)] = 5.0
    # Kubernetes kills 30 s after SIGTERM, and the files are still to be written then.
    grace_seconds: Annotated[float, Field(ge=0)] = 20.0
    window_rows: PositiveInt = 20_000
    max_rejects: Annotated[float, Field(ge=0)] | None = None
    max_drop: Annotated[float, Field(gt=0, lt=1)] | None = None
    accept_rejects: Annotated[float, Field(ge=0)] = 0
    until: datetime | None = None
    max_duration_seconds: PositiveFloat | None = None
    limit: PositiveInt | None = None
    shard: Annotated[Shard | None, BeforeValidator(read_shard)] = None
    manifest: str | None = None

    _target_rate: Rate = PrivateAttr("auto")

    @model_validator(mode="after")
    def _read_rate(self) -> Self:
        self._target_rate = parse_rate(self.rate)
        return self

    @property
    def target_rate(self) -> Rate:
        """The `rate` in requests per second, or how to find it."""
        return self._target_rate

    @property
    def share(self) -> float:
        """The part of the whole import's pace that is this run's."""
        return 1.0 if self.shard is None else 1 / self.shard.count

    def for_another_try(self, changes: "SendSettings | None") -> Self:
        """Go on with the same, but for the fields set in `changes`, and without earlier limits."""
        kept = self.model_dump(exclude={"limit", "until", "max_duration_seconds"})
        changed = {} if changes is None else changes.model_dump(exclude_unset=True)
        return self.model_validate({**kept, **changed})
