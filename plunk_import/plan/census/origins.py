"""Which columns of the source each field is read from, and what the rows say of `subscribed`."""

from collections.abc import Mapping, Sequence

from plunk_import.mapping import Field, Mapping as MappingModel
from plunk_import.plan.census.sample import SampledRow
from plunk_import.plan.model import Subscription
from plunk_import.validate import columns_in


def origins_of(mapping: MappingModel) -> Mapping[str, tuple[str, ...]]:
    """Name the columns behind each field, by the names that rejects have; none for a constant."""
    fields: dict[str, Field] = {"email": mapping.email, "event": mapping.event}
    if mapping.subscribed is not None:
        fields["subscribed"] = mapping.subscribed
    fields |= {f"data.{name}": variable for name, variable in mapping.data.items()}
    return {name: _columns(field) for name, field in fields.items()}


def subscription_of(rows: Sequence[SampledRow], mapping: MappingModel) -> Subscription | None:
    """Count what the rows say of `subscribed`; None where the mapping leaves it out."""
    if mapping.subscribed is None:
        return None
    said = [row.subscribed for row in rows]
    return Subscription(
        subscribe=said.count(True), unsubscribe=said.count(False), silent=said.count(None)
    )


def _columns(field: Field) -> tuple[str, ...]:
    if field.column is not None:
        return (field.column,)
    return () if field.sql is None else columns_in(field.sql)
