"""The part of a mapping that says which columns identify a row."""

from typing import Annotated, Literal, TypeAlias

import pydantic
from pydantic import BeforeValidator

from plunk_import.mapping.parts import Columns, Part


class Identity(Part):
    """The columns that together identify a row, and what becomes of a row that lacks one."""

    columns: Columns = pydantic.Field(
        min_length=1,
        description="The columns that together identify a row.",
        examples=[["order_id"]],
    )
    empty: Literal["reject", "send"] = pydantic.Field(
        default="reject",
        description="What a row does whose id is empty: `reject` refuses it, `send` sends it "
        "without an identity, so that a later import does not know it again.",
    )


def _long_form(value: object) -> object:
    return value if isinstance(value, dict | Identity) else {"columns": value}


ShortOrLongIdentity: TypeAlias = Annotated[
    Identity, BeforeValidator(_long_form, json_schema_input_type=Columns | Identity)
]
