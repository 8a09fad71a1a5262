"""A place that several machines share, where each leaves notes that none overwrites."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from plunk_import.errors import OutputError, SettingsError
from plunk_import.storage.durable import sync_directory, writing

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]


class NoticeBoard(Protocol):
    """Where notes are left, each under its name."""

    def post(self, name: str, content: bytes) -> bytes | None:
        """Leave a note, unless one of that name is there: then return that one's content."""


def notice_board(place: str) -> NoticeBoard:
    """Open a shared place.

    Args:
        place: A directory, which is made where it is missing, or an `s3://` URL.

    Raises:
        SettingsError: It is a URL of another kind, or the package for it is not installed.

    """
    scheme, separator, _ = place.partition("://")
    if not separator:
        return _Directory(Path(place))
    if scheme != "s3":
        raise SettingsError(
            f"{place}: a manifest is kept in a directory or at an s3:// URL, whose notes nobody "
            "can overwrite."
        )
    try:
        import fsspec.core  # type: ignore[import-untyped]

        # A cached one would keep the endpoint and keys of before.
        files, path = fsspec.core.url_to_fs(place, skip_instance_cache=True)
    except ImportError as error:
        raise SettingsError(
            f"{place}: reaching it needs packages: pip install 'plunk-import[remote]' ({error})."
        ) from error
    return _Bucket(place, files, path)


class _Directory:
    def __init__(self, path: Path) -> None:
        self._path = path

    def post(self, name: str, content: bytes) -> bytes | None:
        target = self._path / name
        # Senders on several machines may post at the same moment.
        draft = target.with_name(f"{name}.{secrets.token_hex(8)}.new")
        with writing(target):
            self._path.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            try:
                # A link is made whole or not at all, also over a network's file system.
                target.hardlink_to(draft)
            except FileExistsError:
                return target.read_bytes()
            finally:
                draft.unlink()
            sync_directory(self._path)
        return None


class _Bucket:
    def __init__(self, place: str, files: "fsspec.AbstractFileSystem", path: str) -> None:
        self._place = place
        self._files = files
        self._path = path

    def post(self, name: str, content: bytes) -> bytes | None:
        path = f"{self._path.rstrip('/')}/{name}"
        try:
            self._files.pipe_file(path, content, mode="create")
        except FileExistsError:
            found: bytes = self._files.cat_file(path)
            return found
        except Exception as error:
            # The kinds of errors are as many as the services.
            raise OutputError(
                f"{self._place}/{name} cannot be written: {error}. Check the bucket and its rights."
            ) from error
        return None
