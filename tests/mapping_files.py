"""Mapping files for tests: takes their text, gives what loading it gives."""

from pathlib import Path
from typing import Any

import pytest

from plunk_import.errors import MappingError, Problem
from plunk_import.mapping import Mapping, load_mapping, mapping_from

FULL = """\
version: 1
email: Email                       # a column
event: {sql: "'order.' || status"}
subscribed: {column: opted_in}
where: "amount > 0"
id: [order_id]
marker: off
source: {delimiter: semicolon, encoding: cp1252, null_values: [NULL, "-"], header_line: 3}
data:
  first_name: First Name
  plan: {column: plan}
  lifetime_value: {column: ltv, type: number}
  orders: {column: n, type: integer}
  vip: {column: vip, type: boolean, true: [yes, y], false: [no, n]}
  signed_up_at: {column: created, type: datetime, format: "%d/%m/%Y %H:%M", timezone: CET}
  birthday: {column: dob, type: date}
  address: {column: addr_json, type: json}
  source: {const: shopify}
  order_id: {column: order_id, persistent: false}
  occurred_at: {column: created, type: datetime, persistent: false}
  nickname: {column: nick, empty: delete}
"""


HEAD = "version: 1\nemail: Email\nevent: {const: signed_up}\n"


def load(text: str, directory: Path) -> Mapping:
    path = directory / "orders.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path).mapping


def problems_in(text: str | bytes, directory: Path) -> list[str]:
    """Load a mapping file that has problems, and give them without the directory."""
    path = directory / "orders.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    return [str(problem).removeprefix(f"{directory}/") for problem in caught.value.problems]


def problems_of(given: dict[str, Any] | Path) -> tuple[Problem, ...]:
    """Return the problems of a mapping that may well have none."""
    try:
        mapping_from(given)
    except MappingError as error:
        return error.problems
    return ()


def base(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  any part of a mapping
    return {"version": 1, "email": "Email", "event": {"const": "signed_up"}, **changes}
