"""Words and files of a case or report as fields: sealed in its envelope, opened on reading.

In the database they are octets of ``sealing.seal``, bound to the field and to the key of the case
or report that owns the envelope. In Python they are ``str`` (``SealedText``) or ``bytes``
(``SealedFile``). Nothing at all stays nothing. No query can ask for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from hornbook.district.conduct.sealing import Ring, seal, unseal

if TYPE_CHECKING:

    class _Field(models.Field[Any, Any]):
        """At run time a field takes no types."""

else:
    _Field = models.Field

_KEPT = "_data_key"


class Octets(bytes):
    """What is sealed, as it stands in the database."""


def data_key_of(owner: Any) -> bytes:
    """The data key of a case or report; unwrapped once for this object. Raises CannotOpen."""
    if _KEPT not in owner.__dict__:
        owner.__dict__[_KEPT] = Ring.of(settings.INSTANCE).unwrap(owner.envelope)
    key: bytes = owner.__dict__[_KEPT]
    return key


def place_of(model_name: str, field: str, key: object) -> str:
    """To what a blob is bound: this field of a row of this model, of this case or report."""
    return f"{model_name}.{field} of {key}"


class Opening(DeferredAttribute):
    """Opens on reading. What is set to the words that stand there already keeps its octets."""

    field: Sealed

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        found = super().__get__(instance, cls)
        return self.field.opened(instance, found) if isinstance(found, Octets) else found

    def __set__(self, instance: Any, value: Any) -> None:
        name = self.field.attname
        held = instance.__dict__.get(name)
        if not isinstance(held, Octets) or self.field.opened(instance, held) != value:
            instance.__dict__[name] = value


class Sealed(_Field):
    """``of``: the way from the row to what owns the envelope ("" for the row itself)."""

    descriptor_class = Opening
    empty_strings_allowed = False

    def __init__(self, *args: Any, of: str = "case", **options: Any) -> None:
        self.of = of
        options.setdefault("editable", False)
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        return name, path, args, {**options, "of": self.of}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def owner(self, row: Any) -> Any:
        for step in filter(None, self.of.split(".")):
            row = getattr(row, step)
        return row

    def opened(self, row: Any, sealed: Octets) -> Any:
        return self.from_octets(self._unseal(row, sealed) if sealed else b"")

    def _unseal(self, row: Any, sealed: Octets) -> bytes:
        owner = self.owner(row)
        return unseal(data_key_of(owner), sealed, self._place(owner))

    def _place(self, owner: Any) -> str:
        return place_of(self.model._meta.model_name or "", self.name, owner.key)

    def from_db_value(self, value: Any, expression: object, connection: object) -> Octets | None:
        return None if value is None else Octets(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Seal what was set and is not sealed yet."""
        found = model_instance.__dict__.get(self.attname, Octets())
        if found is None or isinstance(found, Octets):
            return found
        owner = self.owner(model_instance)
        plain = self.to_octets(found)
        sealed = Octets(seal(data_key_of(owner), plain, self._place(owner)) if plain else b"")
        model_instance.__dict__[self.attname] = sealed
        return sealed

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            raise TypeError(f"{self.name} is sealed: set it on a row and save the row.")
        return None if value is None else connection.Database.Binary(value)

    def get_default(self) -> Any:
        return self.from_octets(b"")

    def to_octets(self, value: Any) -> bytes:
        return bytes(value)

    def from_octets(self, octets: bytes) -> Any:
        return octets


class SealedText(Sealed):
    """``str`` on the row."""

    def to_octets(self, value: Any) -> bytes:
        return str(value).encode()

    def from_octets(self, octets: bytes) -> str:
        return octets.decode()


class SealedFile(Sealed):
    """``bytes`` on the row."""
