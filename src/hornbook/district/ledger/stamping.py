"""Time stamps over checkpoints by somebody outside (RFC 3161): the ledger stood so, that day.

An authority is a witness with an address and the certificate that its stamps must lead to. It
gets the SHA-512 of a signed page and nothing else. It is asked once a day, outside of any
transaction, and a stamp counts only when it verifies. What it sent stands beside the checkpoint,
its SHA-256 in a leaf; ``verify`` checks both, and the authority's signature once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from cryptography import x509
from django.db import transaction
from django.utils import timezone
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from hornbook.district.ledger.actions import SYSTEM, Actor, record
from hornbook.district.ledger.models import Checkpoint, Leaf, Stamp, Witness, WitnessKind
from hornbook.district.ledger.witnesses import BadWitness
from hornbook.instance import InstanceError

STAMPED = "ledger.stamped"
PATIENCE = 10.0  # seconds
LARGEST = 64 * 1024  # octets of an answer; real ones have three to six thousand
_ASKS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


class NotStamped(InstanceError):
    """An authority gave no stamp that counts; the message says which, and why."""


@transaction.atomic
def add_authority(*, actor: Actor, address: str, certificate: str) -> Witness:
    """Let an authority stamp a checkpoint a day. ``certificate`` is its root, PEM.

    Raises BadWitness for what is no address or no certificate.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise BadWitness(f"“{address}” is no address of a time-stamping authority (http, https).")
    try:
        x509.load_pem_x509_certificate(certificate.encode())
    except ValueError as error:
        raise BadWitness("That file holds no certificate (PEM).") from error
    told = {"kind": WitnessKind.TSA, "certificate": certificate, "active": True}
    found, _ = Witness.objects.update_or_create(address=address, defaults=told)
    record(actor=actor, verb="ledger.witness-added", object=f"witness {found.pk}")
    return found


def due() -> list[Witness]:
    """The authorities that were not asked today with success."""
    today = timezone.localdate()
    done = {
        object.partition(" by ")[2]
        for object in Leaf.objects.filter(verb=STAMPED, at__date=today).values_list(
            "object", flat=True
        )
    }
    active = Witness.objects.filter(active=True, kind=WitnessKind.TSA)
    return [one for one in active if one.address not in done]


def stamp_due(checkpoint: Checkpoint) -> list[Stamp]:
    """Ask all that are due. Raises NotStamped for the first that fails, after asking the others."""
    made, failed = [], []
    for authority in due():
        try:
            made.append(stamp(checkpoint, authority))
        except NotStamped as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return made


def stamp(checkpoint: Checkpoint, authority: Witness) -> Stamp:
    """One stamp over the octets of a signed page, and its leaf. Raises NotStamped."""
    page = checkpoint.note.encode()
    asked = TimestampRequestBuilder(data=page).nonce(nonce=True).cert_request(cert_request=True)
    request = asked.build()
    token = _asked(authority.address, request.as_bytes())
    fault = fault_of(token, page, authority.certificate, nonce=request.nonce)
    if fault:
        raise NotStamped(f"{authority} sent no stamp that counts: {fault}.")
    with transaction.atomic():
        made = Stamp.objects.create(checkpoint=checkpoint, authority=authority.address, token=token)
        record(
            actor=SYSTEM,
            verb=STAMPED,
            object=f"{checkpoint} by {authority.address}",
            detail={"token": sha256(token).hexdigest()},
        )
    return made


def fault_of(token: bytes, page: bytes, certificate: str, nonce: int | None = None) -> str:
    """What is wrong with an authority's answer over these octets; "" for nothing."""
    root = x509.load_pem_x509_certificate(certificate.encode())
    builder = VerifierBuilder().add_root_certificate(root)
    builder = builder if nonce is None else builder.nonce(nonce)
    try:
        builder.build().verify_message(decode_timestamp_response(token), page)
    except (VerificationError, ValueError) as error:
        return str(error).rstrip(".") or "it cannot be read"
    return ""


def read(token: bytes) -> TimeStampResponse:
    """What an authority said; ``.tst_info.gen_time`` is its clock."""
    return decode_timestamp_response(token)


def faults() -> Iterator[str]:
    """Every kept stamp that its authority did not give for its checkpoint, one line each."""
    roots = dict(Witness.objects.filter(kind=WitnessKind.TSA).values_list("address", "certificate"))
    for one in Stamp.objects.select_related("checkpoint").iterator():
        root = roots.get(one.authority)
        if root is None:
            yield f"{one}: the certificate of its authority is gone"
        elif fault := fault_of(bytes(one.token), one.checkpoint.note.encode(), root):
            yield f"{one}: {fault}"


def _asked(address: str, body: bytes) -> bytes:
    """The authority's answer, octet by octet. Raises NotStamped."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
    try:
        connection.request("POST", path, body, _ASKS)
        answer = connection.getresponse()
        told = answer.read(LARGEST + 1)
    except (OSError, HTTPException) as error:
        raise NotStamped(f"{address} could not be asked for a time stamp: {error}.") from error
    finally:
        connection.close()
    if answer.status != 200 or len(told) > LARGEST:
        raise NotStamped(f"{address} gave no time stamp: it answered {answer.status}.")
    return told
