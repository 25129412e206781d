"""The endpoints (RFC 7644 3): bearer token in, ``application/scim+json`` out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce, wraps
from http import HTTPStatus
from operator import or_
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    InvalidSyntaxException,
    ListResponse,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
    Schema,
    SCIMException,
    SearchRequest,
)

from hornbook.district.people.scim import access, actions
from hornbook.district.people.scim.filters import GROUP_FIELDS, USER_FIELDS, condition
from hornbook.district.people.scim.mapping import as_group, as_user, told
from hornbook.district.people.scim.models import ScimGroup, ScimSource
from hornbook.district.people.scim.schema import (
    MOST,
    Group,
    User,
    provider_config,
    resource_types,
    schemas,
)

_Rest = ParamSpec("_Rest")
_SourceView = Callable[Concatenate[HttpRequest, ScimSource, _Rest], HttpResponse]
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponse]


def for_directories(*methods: str) -> Callable[[_SourceView[_Rest]], _View[_Rest]]:
    """Give the view the directory that asks; say every refusal in SCIM's words."""

    def decorate(view: _SourceView[_Rest]) -> _View[_Rest]:
        @csrf_exempt  # no cookie speaks here, only the token
        @wraps(view)
        def guarded(
            request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs
        ) -> HttpResponse:
            source = _source(request)
            if source is None:
                reply = _error(HTTPStatus.UNAUTHORIZED, "A directory's token is needed.")
                reply["WWW-Authenticate"] = "Bearer"
                return reply
            if request.method not in methods:
                reply = _error(HTTPStatus.METHOD_NOT_ALLOWED, f"Use {' or '.join(methods)}.")
                reply["Allow"] = ", ".join(methods)
                return reply
            access.seen(source)
            try:
                return view(request, source, *args, **kwargs)
            except ValidationError as error:
                return _reply(Error.from_validation_error(error.errors()[0]))
            except SCIMException as error:
                return _reply(error.to_error())

        return guarded

    return decorate


@dataclass(frozen=True)
class _Collection:
    """One kind of resource: its rows, how a filter names them, and how they are told."""

    model: type[Resource[Any]]
    all: Callable[[], QuerySet[Any]]
    fields: Mapping[str, str]
    convert: Callable[[Any, str], Any]

    def rows(self, asked: SearchRequest[Any]) -> QuerySet[Any]:
        """What the filter lets through. Raises InvalidFilterException."""
        if asked.filter is None:
            return self.all()
        return self.all().filter(condition(asked.filter.ast, self.fields)).distinct()


USERS = _Collection(User, access.people, USER_FIELDS, as_user)
GROUPS = _Collection(Group, access.groups, GROUP_FIELDS, as_group)


@for_directories("POST")
def search(request: HttpRequest, source: ScimSource, kind: str = "") -> HttpResponse:
    """``/.search``, ``/Users/.search`` and ``/Groups/.search`` (RFC 7644 3.4.3)."""
    collections = {"Users": (USERS,), "Groups": (GROUPS,)}.get(kind, (USERS, GROUPS))
    return _search(request, *collections)


def _source(request: HttpRequest) -> ScimSource | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return access.source_of(token.strip()) if scheme.lower() == "bearer" else None


@for_directories("GET", "POST")
def users(request: HttpRequest, source: ScimSource) -> HttpResponse:
    if request.method == "GET":
        return _search(request, USERS)
    wanted = User.model_validate(_body(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    person = actions.create_user(actor=actions.actor_of(source), told=told(wanted))
    return _resource(request, as_user(person, _root(request)), Context.RESOURCE_CREATION_RESPONSE)


@for_directories("GET", "PUT", "PATCH", "DELETE")
def user(request: HttpRequest, source: ScimSource, key: UUID) -> HttpResponse:
    person = access.person(key)
    if person is None:
        return _absent("User", key)
    actor, held = actions.actor_of(source), as_user(person, _root(request))
    if request.method == "GET":
        return _resource(request, held, Context.RESOURCE_QUERY_RESPONSE)
    if request.method == "DELETE":
        actions.remove_user(actor=actor, person=person)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    wanted, context = _changed(request, User, held)
    person = actions.write_user(actor=actor, person=person, told=told(wanted))
    return _resource(request, as_user(person, _root(request)), context)


@for_directories("GET", "POST")
def groups(request: HttpRequest, source: ScimSource) -> HttpResponse:
    if request.method == "GET":
        return _search(request, GROUPS)
    wanted = Group.model_validate(_body(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    group = _write_group(source, ScimGroup(), wanted)
    return _resource(request, as_group(group, _root(request)), Context.RESOURCE_CREATION_RESPONSE)


@for_directories("GET", "PUT", "PATCH", "DELETE")
def group(request: HttpRequest, source: ScimSource, key: UUID) -> HttpResponse:
    found = access.group(key)
    if found is None:
        return _absent("Group", key)
    held = as_group(found, _root(request))
    if request.method == "GET":
        return _resource(request, held, Context.RESOURCE_QUERY_RESPONSE)
    if request.method == "DELETE":
        actions.remove_group(actor=actions.actor_of(source), group=found)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    wanted, context = _changed(request, Group, held)
    group = _write_group(source, found, wanted)
    return _resource(request, as_group(group, _root(request)), context)


def _write_group(source: ScimSource, group: ScimGroup, wanted: Group) -> ScimGroup:
    return actions.write_group(
        actor=actions.actor_of(source),
        group=group,
        display_name=str(wanted.display_name or ""),
        external_id=str(wanted.external_id or ""),
        members=[_uuid(member.value) for member in wanted.members or []],
    )


def _uuid(value: str | None) -> UUID:
    """An id that can be none is one that nobody has."""
    try:
        return UUID(str(value))
    except ValueError:
        return UUID(int=0)


@for_directories("GET")
def service_provider_config(request: HttpRequest, source: ScimSource) -> HttpResponse:
    return _reply(provider_config(request.build_absolute_uri(request.path)))


@for_directories("GET")
def schema_list(request: HttpRequest, source: ScimSource) -> HttpResponse:
    return _all(Schema, schemas(_root(request)))


@for_directories("GET")
def schema(request: HttpRequest, source: ScimSource, urn: str) -> HttpResponse:
    return _one("Schema", urn, schemas(_root(request)))


@for_directories("GET")
def resource_type_list(request: HttpRequest, source: ScimSource) -> HttpResponse:
    return _all(ResourceType, resource_types(_root(request)))


@for_directories("GET")
def resource_type(request: HttpRequest, source: ScimSource, name: str) -> HttpResponse:
    return _one("ResourceType", name, resource_types(_root(request)))


@for_directories("GET", "POST", "PUT", "PATCH", "DELETE")
def elsewhere(request: HttpRequest, source: ScimSource, rest: str = "") -> HttpResponse:
    return _absent("address", rest or "/")


def _root(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("scim-root")).rstrip("/")


def _body(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InvalidSyntaxException(detail="the body is no JSON") from error


def _changed(request: HttpRequest, model: type[Resource[Any]], held: Any) -> tuple[Any, Context]:
    """What PUT or PATCH makes of the resource, and how the answer is to be written."""
    if request.method == "PUT":
        wanted = model.model_validate(_body(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        wanted.replace(held)
        return wanted, Context.RESOURCE_REPLACEMENT_RESPONSE
    patch = PatchOp[model].model_validate(  # type: ignore[valid-type]
        _body(request), scim_ctx=Context.RESOURCE_PATCH_REQUEST
    )
    patch.patch(held)
    return held, Context.RESOURCE_PATCH_RESPONSE


def _search(request: HttpRequest, *collections: _Collection) -> HttpResponse:
    """A page of what the filter lets through, at most ``MOST`` at once, one kind after another."""
    model = reduce(or_, [collection.model for collection in collections])
    context = Context.SEARCH_REQUEST if request.method == "POST" else None
    words = _body(request) if request.method == "POST" else request.GET.dict()
    asked = SearchRequest[model].model_validate(words, scim_ctx=context)  # type: ignore[valid-type]
    start = asked.start_index_0 or 0
    left = min(MOST if asked.count is None else asked.count, MOST)
    page: list[Any] = []
    total, skip = 0, start
    for collection in collections:
        rows = collection.rows(asked)
        count = rows.count()
        taken = [collection.convert(row, _root(request)) for row in rows[skip : skip + left]]
        total, skip, left = total + count, max(0, skip - count), left - len(taken)
        page += taken
    answer = ListResponse[model](  # type: ignore[valid-type]
        total_results=total, start_index=start + 1, items_per_page=len(page), resources=page
    )
    return _json(_dump(answer, Context.RESOURCE_QUERY_RESPONSE, asked))


def _resource(request: HttpRequest, found: Resource[Any], context: Context) -> HttpResponse:
    asked: ResponseParameters[Any] = ResponseParameters.model_validate(request.GET.dict())
    made = context is Context.RESOURCE_CREATION_RESPONSE
    reply = _json(_dump(found, context, asked), HTTPStatus.CREATED if made else HTTPStatus.OK)
    if found.meta and found.meta.location:
        reply["Location"] = found.meta.location
    return reply


def _dump(found: Any, context: Context, asked: ResponseParameters[Any]) -> dict[str, Any]:
    dumped: dict[str, Any] = found.model_dump(scim_ctx=context, response_parameters=asked)
    return dumped


def _all(model: type[Resource[Any]], found: list[Any]) -> HttpResponse:
    answer = ListResponse[model](  # type: ignore[valid-type]
        total_results=len(found), start_index=1, items_per_page=len(found), resources=found
    )
    return _reply(answer)


def _one(kind: str, name: str, found: list[Any]) -> HttpResponse:
    match = next((item for item in found if item.id == name), None)
    return _reply(match) if match is not None else _absent(kind, name)


def _absent(kind: str, name: object) -> HttpResponse:
    return _error(HTTPStatus.NOT_FOUND, f"There is no {kind} {name}.")


def _error(status: HTTPStatus, detail: str) -> HttpResponse:
    return _reply(Error(status=int(status), detail=detail))


def _reply(message: Any) -> HttpResponse:
    if isinstance(message, Error):
        return _json(message.model_dump(), HTTPStatus(message.status or 400))
    return _json(message.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def _json(data: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return HttpResponse(json.dumps(data), status=status, content_type="application/scim+json")
