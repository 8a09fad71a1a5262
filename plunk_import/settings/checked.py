"""Settings that are wrong, told by an error of ours."""

from typing import TYPE_CHECKING, dataclass_transform

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from plunk_import.errors import SettingsError

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


@dataclass_transform(kw_only_default=True, field_specifiers=(Field, PrivateAttr))
class Checked(ModelMetaclass):
    """Makes a settings class raise SettingsError when it is called with what it does not take."""

    if not TYPE_CHECKING:  # the signatures of the classes are those of their fields

        def __call__(cls, /, *args: object, **given: object) -> object:  # noqa: N805 - a metaclass
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
