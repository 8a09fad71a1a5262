import functools
import http.server
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source
from tests.read.reading import read_files


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "rows.csv").write_bytes(b"a,b\n1,2\n")
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    for path, content in {
        "exports": b"",
        "exports/2.csv": b"a,b\n3,4\n",
        "exports/1.csv": b"a,b\n1,2\n",
        "exports/readme.txt": b"no rows",
    }.items():
        put = urllib.request.Request(f"{address}/{path}", data=content, method="PUT")  # noqa: S310 - our own server
        put.add_header("Content-Type", "text/plain")
        urllib.request.urlopen(put).close()  # noqa: S310
    yield address
    server.stop()


@pytest.fixture
def s3(bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return "s3://exports"


@pytest.mark.parametrize(
    "path",
    ["ftp://x.co/a.csv", "orders.csv", "C:/orders.csv", "s3:/orders.csv"],
)
def test_what_is_not_a_url_that_can_be_fetched_is_a_path(path: str) -> None:
    with pytest.raises(SourceError, match="no such file"):
        open_source([path], SourceOptions())


def test_file_behind_http_is_read(site: str) -> None:
    assert read_files([f"{site}/rows.csv"]).cells == [("1", "2")]


def test_object_in_a_bucket_is_read(s3: str) -> None:
    assert read_files([f"{s3}/1.csv"]).cells == [("1", "2")]


def test_glob_in_a_bucket_is_read_in_order(s3: str) -> None:
    files = open_source([f"{s3}/*.csv"], SourceOptions()).files
    assert files == (f"{s3}/1.csv", f"{s3}/2.csv")
    assert read_files([f"{s3}/*.csv"]).cells == [("1", "2"), ("3", "4")]


def test_missing_file_is_an_error(site: str, s3: str) -> None:
    for url in (f"{site}/nope.csv", f"{s3}/nope.csv"):
        with pytest.raises(SourceError, match=r"nope\.csv: cannot be fetched"):
            read_files([url])


def test_glob_without_objects_is_an_error(s3: str) -> None:
    with pytest.raises(SourceError, match="no file matches"):
        read_files([f"{s3}/*.parquet"])


def test_refused_connection_is_an_error() -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9/x\.csv: cannot be fetched"):
        read_files(["http://127.0.0.1:9/x.csv"])


def test_secrets_in_a_url_appear_nowhere(site: str) -> None:
    secret = site.replace("http://", "http://user:hunter2@")
    source = open_source([f"{secret}/rows.csv?signature=hunter2"], SourceOptions())
    assert source.files == (f"{site}/rows.csv",)
    with pytest.raises(SourceError) as caught:
        read_files([f"{secret}/nope.csv?signature=hunter2"])
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("gs://bucket/rows.csv", "gcsfs"),
        ("az://container/rows.csv", "adlfs"),
        ("https://127.0.0.1/rows.csv", "fsspec.core"),
    ],
)
def test_scheme_whose_package_is_missing_is_an_error(
    url: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SourceError, match=r"pip install 'plunk-import\[remote\]'"):
        read_files([url])
