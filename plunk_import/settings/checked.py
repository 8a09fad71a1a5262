"""Settings that are wrong, told by an error of ours."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from plunk_import.errors import SettingsError


class Checked(type(BaseModel)):  # type: ignore[misc]  # pydantic's own metaclass
    """Makes a settings class raise SettingsError when it is called with what it does not take."""

    if not TYPE_CHECKING:  # the signatures of the classes are those of their fields

        def __call__(cls, /, *args: object, **given: object) -> object:
            """Make the settings."""
            try:
                return super().__call__(*args, **given)
            except ValidationError as error:
                raise SettingsError(_complaints(error, cls.__name__)) from error


def _complaints(error: ValidationError, name: str) -> str:
    """Tell all that is wrong; never what was given, which may be a key."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        where = ".".join(map(str, problem["loc"]))
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{name}({where}=…): {message}." if where else f"{name}: {message}.")
    return "\n".join(lines)
