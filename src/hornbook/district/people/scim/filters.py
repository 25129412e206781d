"""A SCIM filter (RFC 7644 3.4.2.2) as a condition of the database."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

from django.db.models import Q
from scim2_models import InvalidFilterException
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

#: Attribute in lower case → field; strings are compared without case but for ``id``.
USER_FIELDS: Mapping[str, str] = {
    "id": "key",
    "username": "scim_name",
    "externalid": "scim_external",
    "name.familyname": "family_name",
    "name.givenname": "given_name",
    "active": "scim_active",
    "emails": "email",
    "emails.value": "email",
}
GROUP_FIELDS: Mapping[str, str] = {
    "id": "key",
    "displayname": "display_name",
    "externalid": "external_id",
    "members": "members__key",
    "members.value": "members__key",
}
_KEYS = {"key", "members__key"}
_FLAGS = {"scim_active"}
_EXACT = {"scim_external", "external_id"}
_SUFFIX = {
    CompareOperator.eq: "iexact",
    CompareOperator.co: "icontains",
    CompareOperator.sw: "istartswith",
    CompareOperator.ew: "iendswith",
}


class _ToQ(FilterVisitor[Q]):
    """Raises InvalidFilterException for what cannot be asked here."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def visit_comparison(self, node: Comparison) -> Q:
        field = self._field(node.attr_path)
        if node.op is CompareOperator.ne:
            return ~_compare(field, CompareOperator.eq, node.value)
        return _compare(field, node.op, node.value)

    def visit_present(self, node: Present) -> Q:
        field = self._field(node.attr_path)
        if field in _KEYS | _FLAGS:
            return Q(**{f"{field}__isnull": False})
        return ~Q(**{field: ""})

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        join = and_ if node.op is LogicalOperator.and_ else or_
        return reduce(join, [self.visit(term) for term in node.terms])

    def visit_value_path(self, node: ValuePath) -> Q:
        """``emails[value eq "x"]``: the attribute's name stands before each inner one."""
        inner = _ToQ(
            {
                name.removeprefix(prefix): field
                for name, field in self._fields.items()
                if name.startswith(prefix := f"{_name(node.attr_path)}.")
            }
        )
        return inner.visit(node.val_filter)

    def _field(self, path: AttrPath) -> str:
        field = self._fields.get(_name(path))
        if field is None:
            raise InvalidFilterException(detail=f"“{_name(path)}” cannot be filtered by here")
        return field


def _name(path: AttrPath) -> str:
    return ".".join(part for part in (path.attr, path.sub_attr) if part).lower()


def _compare(field: str, op: CompareOperator, value: Any) -> Q:
    if field in _KEYS:
        return _compare_key(field, op, value)
    if field in _FLAGS and op is CompareOperator.eq and isinstance(value, bool):
        return Q(**{field: value})
    if op not in _SUFFIX or not isinstance(value, str):
        raise InvalidFilterException(detail=f"“{op.value}” cannot be used with a string here")
    if field in _EXACT and op is CompareOperator.eq:
        return Q(**{field: value})
    return Q(**{f"{field}__{_SUFFIX[op]}": value})


def _compare_key(field: str, op: CompareOperator, value: Any) -> Q:
    if op is not CompareOperator.eq:
        raise InvalidFilterException(detail="an id can only be compared with “eq” and “ne”")
    try:
        return Q(**{field: UUID(str(value))})
    except ValueError:
        return Q(pk__in=[])  # no such id: nothing is equal to it


def condition(ast: FilterNode, fields: Mapping[str, str]) -> Q:
    """The condition of a parsed filter."""
    return _ToQ(fields).visit(ast)
