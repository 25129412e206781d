"""What we publish of SCIM: the attributes that we keep, and nothing that we would drop.

Narrower than RFC 7643's core User, so that a directory sees in ``/Schemas`` what it may send.
Attributes that are sent all the same are ignored (RFC 7644 3.3), passwords among them.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Meta,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models import User as CoreUser

MOST = 200  # resources in one answer


class Name(ComplexAttribute):
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    value: str | None = None
    type: str | None = Field(None, examples=["work", "home", "other"])
    primary: bool | None = None


class User(Resource[Any]):
    """A person whom the directory may see and write."""

    __schema__ = URN(CoreUser.__schema__)

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    Name: ClassVar[type[ComplexAttribute]] = Name
    active: bool | None = None
    emails: list[Email] | None = None
    Emails: ClassVar[type[ComplexAttribute]] = Email


class Member(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    """A group of the directory."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[Member] | None = None
    Members: ClassVar[type[ComplexAttribute]] = Member


RESOURCES: tuple[type[Resource[Any]], ...] = (User, Group)


def provider_config(location: str) -> ServiceProviderConfig:
    """What this service can do (RFC 7643 5)."""
    return ServiceProviderConfig(
        meta=_meta("ServiceProviderConfig", location),
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="The token that “hornbook scim add” printed, as in RFC 6750.",
                primary=True,
            )
        ],
    )


def schemas(root: str) -> list[Schema]:
    """Every schema that the service publishes, with its address below ``root``."""
    found = [resource.to_schema() for resource in RESOURCES]
    for schema in found:
        schema.meta = _meta("Schema", f"{root}/Schemas/{schema.id}")
    return found


def resource_types(root: str) -> list[ResourceType]:
    found = [ResourceType.from_resource(resource) for resource in RESOURCES]
    for kind in found:
        kind.meta = _meta("ResourceType", f"{root}/ResourceTypes/{kind.id}")
    return found


def _meta(kind: str, location: str) -> Meta:
    return Meta(resource_type=kind, location=location)
