"""A real time-stamping authority (OpenSSL's) stamps our signed pages, and lies are refused."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hornbook.district.ledger import stamping, witness_command
from hornbook.district.ledger.actions import SYSTEM, record
from hornbook.district.ledger.models import Leaf, Stamp, Witness
from hornbook.district.ledger.stamping import NotStamped, add_authority, due, read, stamp_due
from hornbook.district.ledger.tree import make_checkpoint
from hornbook.district.ledger.verify import verify
from hornbook.district.ledger.witnesses import BadWitness
from hornbook.instance import Instance
from tests.district.ledger.conftest import Tamper

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl: install it"),
]
_CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha512
accuracy = secs:1
"""
_ROOT = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
_TSA = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=critical,timeStamping",
)


def openssl(*words: str) -> bytes:
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout


class Authority:
    """``openssl ts`` behind HTTP; ``spoil`` changes what it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, 0
        self.spoil: Callable[[bytes], bytes] = lambda body: body
        folder.mkdir()
        (folder / "serial").write_text("01")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        self._certify("root", "/CN=Test root", _ROOT)
        self._certify("tsa", "/CN=Test authority", _TSA, "root")

    def _certify(
        self, name: str, subject: str, extensions: tuple[str, ...], by: str | None = None
    ) -> None:
        at = str(self.folder / name)
        signed = ["-CA", f"{self.folder}/{by}.pem", "-CAkey", f"{self.folder}/{by}.key"]
        added = [word for extension in extensions for word in ("-addext", extension)]
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", subject,
            "-keyout", f"{at}.key", "-out", f"{at}.pem", *added, *(signed if by else []),
        )  # fmt: skip

    def answer(self, query: bytes) -> bytes:
        self.asked += 1
        (self.folder / "query").write_bytes(query)
        made = openssl(
            "ts", "-reply", "-config", f"{self.folder}/tsa.cnf", "-queryfile",
            f"{self.folder}/query",
        )  # fmt: skip
        return self.spoil(made)

    @property
    def root(self) -> str:
        return (self.folder / "root.pem").read_text()


@dataclass
class Served:
    authority: Authority
    address: str


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    authority = Authority(tmp_path / "tsa")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Served(authority, f"http://127.0.0.1:{server.server_port}/tsr")
    server.shutdown()
    server.server_close()


@pytest.fixture
def witness(served: Served, chain: list[Leaf]) -> Witness:
    return add_authority(actor=SYSTEM, address=served.address, certificate=served.authority.root)


@pytest.mark.usefixtures("witness")
def test_a_page_is_stamped_once_a_day_and_anybody_can_check_it(
    served: Served, tmp_path: Path
) -> None:
    point = make_checkpoint()
    (made,) = stamp_due(point)
    assert due() == []
    assert stamp_due(point) == []
    assert served.authority.asked == 1
    said = read(bytes(made.token)).tst_info.gen_time
    assert abs(said - datetime.now(UTC)) < timedelta(minutes=5)
    (tmp_path / "page").write_text(point.note)
    (tmp_path / "stamp").write_bytes(bytes(made.token))
    told = openssl(
        "ts", "-verify", "-data", f"{tmp_path}/page", "-in", f"{tmp_path}/stamp",
        "-CAfile", f"{served.authority.folder}/root.pem",
    )  # fmt: skip
    assert b"OK" in told
    assert verify().ok


@pytest.mark.usefixtures("witness")
@pytest.mark.parametrize(
    "spoil",
    [lambda body: b"", lambda body: body[:-9], lambda body: body[:-9] + b"x" * 9, lambda _: b"no"],
)
def test_a_spoilt_answer_is_no_stamp(served: Served, spoil: Callable[[bytes], bytes]) -> None:
    served.authority.spoil = spoil
    with pytest.raises(NotStamped, match="no stamp that counts"):
        stamp_due(make_checkpoint())
    assert not Stamp.objects.exists()
    assert len(due()) == 1, "it is asked again"


@pytest.mark.usefixtures("witness")
def test_an_answer_to_an_older_question_is_no_stamp(served: Served) -> None:
    kept: list[bytes] = []

    def replay(body: bytes) -> bytes:
        kept.append(body)
        return kept[0]

    served.authority.spoil = replay
    first = make_checkpoint()
    stamp_due(first)
    (authority,) = Witness.objects.all()
    with pytest.raises(NotStamped, match="no stamp that counts"):
        stamping.stamp(first, authority)
    record(actor=SYSTEM, verb="open", object="one more")
    with pytest.raises(NotStamped, match="no stamp that counts"):
        stamping.stamp(make_checkpoint(), authority)


def test_an_authority_under_another_root_is_none(served: Served, tmp_path: Path) -> None:
    record(actor=SYSTEM, verb="open", object="something")
    other = Authority(tmp_path / "other")
    add_authority(actor=SYSTEM, address=served.address, certificate=other.root)
    with pytest.raises(NotStamped):
        stamp_due(make_checkpoint())


@pytest.mark.usefixtures("chain")
def test_nobody_there_is_told_and_asked_again(served: Served) -> None:
    address = "http://127.0.0.1:1/tsr"
    add_authority(actor=SYSTEM, address=address, certificate=served.authority.root)
    with pytest.raises(NotStamped, match="could not be asked"):
        stamp_due(make_checkpoint())
    assert len(due()) == 1


@pytest.mark.usefixtures("witness")
def test_a_stamp_that_is_changed_or_gone_is_found(tamper: Tamper) -> None:
    stamp_due(make_checkpoint())
    tamper("UPDATE ledger_stamp SET token = set_byte(token, 400, 255 - get_byte(token, 400))")
    assert any("time stamp" in fault for fault in verify().faults)
    tamper("DELETE FROM ledger_stamp")
    assert any("is gone" in fault for fault in verify().faults)


def test_what_is_no_authority_is_refused(served: Served) -> None:
    for address in ("auditor@county.test", "ftp://tsa.test/", "https://a:b@tsa.test/"):
        with pytest.raises(BadWitness):
            add_authority(actor=SYSTEM, address=address, certificate=served.authority.root)
    with pytest.raises(BadWitness, match="no certificate"):
        add_authority(actor=SYSTEM, address=served.address, certificate="nothing")
    assert not Witness.objects.exists()


@pytest.mark.usefixtures("chain")
def test_at_the_command_line(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> str:
        parser = argparse.ArgumentParser()
        witness_command.configure(parser)
        assert witness_command.run(parser.parse_args(words), Instance(tmp_path)) == 0
        return capsys.readouterr().out

    root = str(served.authority.folder / "root.pem")
    assert served.address in run("--tsa", served.address, "--certificate", root)
    assert "UTC" in run("--stamp")
    assert "Nobody yet" in run("--end", served.address)
