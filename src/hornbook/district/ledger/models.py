"""One append-only log of every privileged act, its Merkle tree, and who witnesses it."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models


def append_only(what: str) -> list[pgtrigger.Trigger]:
    """Triggers by which the database itself refuses to change or remove rows."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        no_truncate(what),
    ]


def no_truncate(what: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"RAISE EXCEPTION '{what}: TRUNCATE refused';",
    )


class Deed(models.Model):
    """One line of what was done with something, in a room's own words; ``leaf_no`` is its leaf."""

    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    words = models.CharField(max_length=500)
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words


class Leaf(models.Model):
    """One act: who did what to which object, under which clause texts.

    ``actor`` is a label that stays readable when the person is gone. ``hash`` is the SHA-256
    of the canonical leaf, which contains ``prev``, the hash of the leaf before it. The Merkle
    tree holds the 32 octets of ``hash`` as the data of leaf ``no`` - 1 (trees count from 0).
    """

    no = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    verb = models.CharField(max_length=80)
    object = models.CharField(max_length=200)
    clause_texts = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["no"]
        indexes = [models.Index(fields=["object", "no"], name="leaf_by_object")]
        triggers = append_only("the ledger is append-only")

    def __str__(self) -> str:
        return f"{self.no} {self.verb} {self.object}"


class Opening(models.Model):
    """What opens a salted commitment of a leaf. It may be destroyed; never changed.

    The leaf's ``detail["sealed"][name]`` is the commitment (``record.commitments``).
    """

    leaf = models.ForeignKey(Leaf, models.PROTECT, related_name="openings")
    name = models.CharField(max_length=60)
    salt = models.BinaryField()
    value: models.JSONField[Any, Any] = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leaf", "name"], name="opening_once")]
        triggers = [pgtrigger.Protect(name="unchanged", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.name} of leaf {self.leaf_id}"


class Tile(models.Model):
    """A full tile of the tree (``record.tiles``), packed: 511 hashes of 32 octets."""

    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    packed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="tile_once")]
        triggers = append_only("tiles are append-only")

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index}"


class Checkpoint(models.Model):
    """The signed root of the first ``size`` leaves; ``edge`` is what fills no tile yet.

    ``note`` is a C2SP checkpoint. Nothing here stands outside what verification recomputes.
    """

    size = models.PositiveBigIntegerField(primary_key=True)
    note = models.TextField()
    edge = models.BinaryField()

    class Meta:
        ordering = ["size"]
        triggers = append_only("checkpoints are append-only")

    def __str__(self) -> str:
        return f"checkpoint of {self.size} leaves"


class WitnessKind(models.TextChoices):
    EMAIL = "email", "A person or office that keeps what we mail"
    TSA = "tsa", "A time-stamping authority (RFC 3161)"


class Witness(models.Model):
    """Who outside keeps our checkpoints, so that nobody inside can rewrite the past."""

    kind = models.CharField(max_length=10, choices=WitnessKind)
    address = models.CharField(max_length=300, unique=True)
    certificate = models.TextField(blank=True)  # the authority's root, PEM
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "address"]
        verbose_name_plural = "witnesses"

    def __str__(self) -> str:
        return self.address


class Stamp(models.Model):
    """An RFC 3161 time stamp of a checkpoint's note; a leaf keeps the token's SHA-256."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="stamps")
    authority = models.CharField(max_length=300)
    token = models.BinaryField()

    class Meta:
        triggers = append_only("time stamps are append-only")

    def __str__(self) -> str:
        return f"time stamp of {self.authority} on {self.checkpoint}"
