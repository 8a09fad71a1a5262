"""A directory and a Plunk as a reader of the documentation has them."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PLACEHOLDER_KEYS = "export PLUNK_"
ORDERS = """\
Email,status,opted_in,amount,order_id,First Name,plan,ltv,n,vip,created,paid_at,dob,addr_json,nick
ada@example.com,paid,true,12.5,o-1,Ada,pro,99.5,3,y,31/12/2025 23:30,2026-01-01T08:00:00Z,\
1990-05-06,"{""city"":""Gent""}",
bob@example.org,refunded,false,7,o-2,Bob,,1,1,n,01/01/2026 08:00,2026-01-02 09:30 +0100,,,bobby
cy@example.net,paid,,0,o-3,Cy,free,,,,,,,,
"""


@dataclasses.dataclass(frozen=True)
class Reader:
    """Somebody who types the commands of a page, one after the other, in `place`."""

    place: Path
    environment: Mapping[str, str]

    def run(self, command: str, **more: str) -> "subprocess.CompletedProcess[str]":
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.place,
            env={**os.environ, **self.environment, **more, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
