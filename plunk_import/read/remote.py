"""Files elsewhere: local copies of what an https, s3, gs or az URL names."""

import glob
import re
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from plunk_import.errors import SourceError
from plunk_import.read.order import natural
from plunk_import.read.spool import SpoolFile

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]

_T = TypeVar("_T")
# Of any URL: user and password, and what stands behind its path.
_SECRETS = re.compile(r"(?<=://)[^/\s@]+@|(?<=[^\s?])\?[^\s'\")]+")
_SCHEMES = ("http", "https", "s3", "gs", "gcs", "az", "abfs", "abfss")


def is_remote(path: str) -> bool:
    """Tell whether a path is a URL of a kind that can be fetched."""
    scheme, separator, _ = path.partition("://")
    return bool(separator) and scheme.lower() in _SCHEMES


def download(url: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Copy what the URL names into `folder`; a glob in it names several files, sorted.

    Names and errors leave out what may be secret: user, password and query. Raises SourceError.
    """
    name = _without_secrets(url)
    files, path = _file_system(url, name)
    paths = [path]
    if glob.has_magic(path) and "http" not in files.protocol:
        paths = sorted(_tried(name, files.glob, path), key=natural)
        if not paths:
            raise SourceError(f"{name}: no file matches. Check the pattern and the bucket.")
    for found in paths:
        with SpoolFile(folder) as target:
            copy = target.path
        _tried(name, files.get_file, found, str(copy))
        yield name if found == path else files.unstrip_protocol(found), copy


def _file_system(url: str, name: str) -> "tuple[fsspec.AbstractFileSystem, str]":
    try:
        import fsspec.core  # type: ignore[import-untyped]

        files, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise SourceError(
            f"{name}: fetching it needs packages: pip install 'plunk-import[remote]' ({error})."
        ) from error
    return files, path


def _tried(name: str, action: Callable[..., _T], *arguments: str) -> _T:
    """Call `action`; the kinds of errors are as many as the services behind fsspec."""
    try:
        return action(*arguments)
    except Exception as error:  # noqa: BLE001 - the seam to every backend there is
        reason = _SECRETS.sub("", str(error)) or type(error).__name__
        raise SourceError(
            f"{name}: cannot be fetched: {reason}. Check the address, your credentials and the "
            "network, or download it yourself."
        ) from None


def _without_secrets(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, "", ""))
