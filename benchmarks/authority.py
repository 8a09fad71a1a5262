"""A certificate authority of its own, for servers of TLS on this machine."""

import dataclasses
import sys
from pathlib import Path

from benchmarks.process import python, spend


@dataclasses.dataclass(frozen=True, slots=True)
class Authority:
    """The files of an authority and of the one server that it vouches for."""

    place: Path

    @property
    def root(self) -> Path:
        """The certificate that clients have to trust."""
        return self._made("root.pem")

    @property
    def certificate(self) -> Path:
        """The server's own certificate."""
        return self._made("server.pem")

    @property
    def key(self) -> Path:
        """The server's private key."""
        return self._made("server.key")

    def variables(self) -> dict[str, str]:
        """Return the environment of a client, of Python or Node, that trusts it."""
        return {"SSL_CERT_FILE": str(self.root), "NODE_EXTRA_CA_CERTS": str(self.root)}

    def _made(self, name: str) -> Path:
        if not self.place.exists():
            spend(python("-m", "benchmarks.authority", self.place))
        return self.place / name


def _make(place: Path) -> None:
    import trustme

    place.mkdir(parents=True)
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(str(place / "root.pem"))
    server.private_key_pem.write_to_path(str(place / "server.key"))
    for part in server.cert_chain_pems:
        part.write_to_path(str(place / "server.pem"), append=True)


if __name__ == "__main__":
    _make(Path(sys.argv[1]))
