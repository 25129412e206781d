"""The tables of OneRoster 1.1 and 1.2 (1EdTech, "OneRoster CSV Tables") that Hornbook reads.

``USED`` columns are read, ``REQUIRED`` ones must be in the header. What we have no use for is
in ``KNOWN`` and is never looked at: passwords, telephone numbers, sex, race, place of birth.
"""

from __future__ import annotations

BASE = ("sourcedId", "status", "dateLastModified")

REQUIRED: dict[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name", "type"),
    "academicSessions": ("sourcedId", "startDate", "endDate"),
    "courses": ("sourcedId",),
    "classes": ("sourcedId", "title", "schoolSourcedId"),
    "users": ("sourcedId", "givenName", "familyName"),
    "roles": ("userSourcedId", "role", "orgSourcedId"),
    "enrollments": ("sourcedId", "classSourcedId", "userSourcedId", "role"),
    "demographics": ("sourcedId",),
}
BOOLEANS = {"": True, "true": True, "1": True, "false": False, "0": False}
USERS_1_1 = ("role", "orgSourcedIds")

USED: dict[str, tuple[str, ...]] = {
    "orgs": (*BASE, "name", "type", "parentSourcedId"),
    "academicSessions": (*BASE, "startDate", "endDate"),
    "courses": BASE,
    "classes": (*BASE, "title", "courseSourcedId", "schoolSourcedId", "termSourcedIds"),
    "users": (
        *BASE,
        *("enabledUser", "orgSourcedIds", "role", "givenName", "familyName", "email", "grades"),
    ),
    "roles": (*BASE, "userSourcedId", "role", "beginDate", "endDate", "orgSourcedId"),
    "enrollments": (
        *BASE,
        *("classSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate"),
    ),
    "demographics": (*BASE, "birthDate"),
}

KNOWN: dict[str, str] = {
    "orgs": "identifier",
    "academicSessions": "title type parentSourcedId schoolYear",
    "courses": "schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes",
    "classes": "grades classCode classType location subjects subjectCodes periods",
    "users": "username userIds middleName identifier sms phone agentSourcedIds password "
    "userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName "
    "preferredFamilyName primaryOrgSourcedId pronouns",
    "roles": "roleType userProfileSourcedId",
    "enrollments": "schoolSourcedId",
    "demographics": "sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican "
    "nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces "
    "hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth "
    "publicSchoolResidenceStatus",
}

ROLES = {
    "student": "student",
    "teacher": "teacher",
    "aide": "aide",
    "guardian": "guardian",
    "parent": "guardian",
    "relative": "guardian",
    "proctor": "staff",
    "counselor": "staff",
    "administrator": "staff",
    "principal": "principal",
    "siteadministrator": "principal",
    "districtadministrator": "director",
    "systemadministrator": "it",
}
"""Their roles, lower case, to ours. 1.1's ``administrator`` may be anyone in an office, so it
gives no rights; a principal is named by 1.2, or in a staff CSV."""

EXTENSION = "ext:"
"""OneRoster 1.2 lets a vocabulary grow by this prefix: ``ext:coach`` is our role ``coach``."""
OWN_ROLES = frozenset(
    {
        *("student", "guardian", "teacher", "aide", "coach", "volunteer", "staff", "substitute"),
        *("principal", "director", "hr", "it", "custodian", "policy-owner", "superintendent"),
        "board",
    }
)

SITE_KINDS = {
    "school": "school",
    "district": "district",
    "department": "office",
    "local": "office",
    "state": "office",
    "national": "office",
}
