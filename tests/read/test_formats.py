import pkgutil
from pathlib import Path

import pytest

from plunk_import import MappingError, SourceError
from plunk_import.mapping import (
    FILE_FORMATS,
    FileFormat,
    SourceOptions,
    mapping_from,
    mapping_schema,
)
from plunk_import.read import open_source
from tests.mapping_files import base


@pytest.mark.parametrize("entry", FILE_FORMATS, ids=lambda entry: entry.name)
def test_each_format_names_a_function_that_opens_it(entry: FileFormat) -> None:
    assert callable(pkgutil.resolve_name(entry.opener))


def test_no_two_formats_claim_the_same_ending_or_the_same_bytes() -> None:
    endings = [ending for entry in FILE_FORMATS for ending in entry.endings]
    magic = [start for entry in FILE_FORMATS for start in entry.magic]
    assert len(set(endings)) == len(endings)
    assert len(set(magic)) == len(magic)


def test_a_mapping_may_name_each_format_and_no_other() -> None:
    for entry in FILE_FORMATS:
        assert mapping_from(base(source={"format": entry.name})).mapping.source.format == entry.name
    with pytest.raises(MappingError, match=r'"xls" is not allowed here.*did you mean `xlsx`\?'):
        mapping_from(base(source={"format": "xls"}))


def test_the_schema_lists_the_formats_for_editors() -> None:
    options = mapping_schema()["$defs"]["SourceOptions"]["properties"]
    assert options["format"]["enum"] == [entry.name for entry in FILE_FORMATS]


def test_only_the_read_package_opens_formats() -> None:
    package = Path(pkgutil.resolve_name("plunk_import.read").__file__).parent
    for entry in FILE_FORMATS:
        module = entry.opener.partition(":")[0].removeprefix("plunk_import.read.")
        assert (package / f"{module.replace('.', '/')}.py").is_file()


def test_a_column_that_could_be_taken_for_one_of_the_program_s_own_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "rows.ndjson").write_text('{"a":1,"\\u0000plunk-import row":2}\n')
    with pytest.raises(SourceError, match=r"'\\x00plunk-import ', as this program's own do\. Ren"):
        open_source([tmp_path / "rows.ndjson"], SourceOptions())
