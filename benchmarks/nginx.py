"""An nginx that answers every event at once, as Plunk would."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.authority import Authority
from benchmarks.process import FailedError

# What a server that takes keys says to the probe, and to any event; no two events have one id.
_REFUSED = '{"success":false,"error":{"code":"BAD_REQUEST","message":"the key is too long"}}'
_DELIVERED = (
    '{"success":true,"data":{"contact":"0b7c5e0a-6f6e-4d55-9d0f-3a5d3f8f6a11",'
    '"event":"$request_id","timestamp":"2026-05-17T18:27:16.098Z"}}'
)
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {place}/nginx.pid;
error_log {place}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  log_format moments '$msec $http_idempotency_key';
  access_log {log};
  client_body_temp_path {place}/body;
  proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi;
  scgi_temp_path {place}/scgi;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port}{tls};
    default_type application/json;
    location = /v1/track {{
      if ($http_idempotency_key ~ "^k{{256}}$") {{ return 400 '{refused}'; }}
      return 200 '{delivered}';
    }}
  }}
}}
"""


@contextlib.contextmanager
def answering(
    place: Path, *, log: Path | None = None, authority: Authority | None = None
) -> Iterator[str]:
    """Run nginx for the block; give its base URL, which is of TLS where an authority is given.

    `log` takes a line for each request: the Unix time of its answer, and its key.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise FailedError("nginx is missing: apt-get install nginx-light")
    port = _free_port()
    place.mkdir(parents=True, exist_ok=True)
    configuration = place / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            place=place,
            port=port,
            tls=_tls(authority),
            log="off" if log is None else f"{log} moments",
            refused=_REFUSED,
            delivered=_DELIVERED,
        )
    )
    server = subprocess.Popen(
        [program, "-p", str(place), "-e", str(place / "error.log"), "-c", str(configuration)],
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port, server, place / "error.log")
        yield f"{'https' if authority else 'http'}://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _tls(authority: Authority | None) -> str:
    if authority is None:
        return ""
    files = (("certificate", authority.certificate), ("certificate_key", authority.key))
    return " ssl" + "".join(f";\n    ssl_{name} {path}" for name, path in files)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise FailedError(f"nginx does not start: {log.read_text() if log.exists() else ''}")
