"""Compiled templates, kept where Python keeps compiled modules: compiling outlasts filling."""

import contextlib
import importlib.util
import sys
from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache

from plunk_import.errors import OutputError
from plunk_import.report.installed import version_of
from plunk_import.storage import replacing


class CompiledTemplates(BytecodeCache):
    """Keeps each template's code in the `__pycache__` beside it.

    As for modules, PYTHONPYCACHEPREFIX names another place, PYTHONDONTWRITEBYTECODE keeps nothing,
    and what cannot be written is compiled again the next time.
    """

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the path of the compiled file."""
        return importlib.util.cache_from_source(filename or name)

    def get_source_checksum(self, source: str) -> str:
        """Tell apart what another version of jinja2 would compile otherwise."""
        return f"{super().get_source_checksum(source)} {version_of('jinja2')}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read what was kept of this very template, if it was."""
        with contextlib.suppress(OSError):
            bucket.bytecode_from_string(Path(bucket.key).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, if Python is to keep compiled code."""
        if sys.dont_write_bytecode:
            return
        with contextlib.suppress(OSError, OutputError):
            path = Path(bucket.key)
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as stream:
                stream.write(bucket.bytecode_to_string())
