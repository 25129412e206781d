"""Small OneRoster deliveries in memory, for tests that say only what matters to them."""
# ruff: noqa: E501  (a header is one line)

from __future__ import annotations

from hornbook.district.people.roster.files import Delivery

ORGS = """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
d,,,Plum Creek Schools,district,,
s1,,,Plum Elementary School,school,,d
s2,,,Creek High School,school,,d
"""
USERS_1_1 = """sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,email,grades
t1,,,true,"s1,s2",teacher,tt,Tara,Teach,tara@plum.test,
t2,,,true,s1,teacher,tu,Theo,Tutor,theo@plum.test,
p1,,,true,s1,student,pp,Pat,Pupil,,03
p2,,,true,s2,student,pq,Pia,Pupil,,10
"""
USERS_1_2 = """sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,email,grades
t1,,,true,tt,Tara,Teach,tara@plum.test,
p1,,,true,pp,Pat,Pupil,,03
"""
ROLES = """sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId
r1,,,t1,primary,principal,2024-08-01,,s1
r2,,,t1,secondary,teacher,2024-08-01,2025-06-30,s2
r3,,,p1,primary,student,,,s1
"""
CLASSES = """sourcedId,status,dateLastModified,title,courseSourcedId,schoolSourcedId,termSourcedIds
c1,,,Reading 3,k1,s1,"y1,y2"
"""
TERMS = """sourcedId,status,dateLastModified,title,type,startDate,endDate
y1,,,Fall,semester,2026-08-20,2026-12-22
y2,,,Spring,semester,2027-01-05,2027-06-01
"""
COURSES = """sourcedId,status,dateLastModified,title
k1,,,Reading
"""
ENROLLMENTS = """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary
e1,,,c1,s1,p1,student,false
e2,,,c1,s1,t1,teacher,true
"""
DEMOGRAPHICS = """sourcedId,status,dateLastModified,birthDate,sex
p1,,,2018-02-03,
p2,,,2010-11-30,
"""

WHOLE = {
    "orgs": ORGS,
    "academicSessions": TERMS,
    "courses": COURSES,
    "classes": CLASSES,
    "users": USERS_1_1,
    "enrollments": ENROLLMENTS,
    "demographics": DEMOGRAPHICS,
}


def delivery(version: str = "1.1", delta: tuple[str, ...] = (), **tables: str) -> Delivery:
    """A delivery of these tables: full lists, but for those named in ``delta``."""
    lines = [
        "propertyName,value",
        "manifest.version,1.0",
        f"oneroster.version,{version}",
        *(f"file.{name},{'delta' if name in delta else 'bulk'}" for name in tables),
        "source.systemName,Plum SIS",
    ]
    files = {f"{name}.csv": text.encode() for name, text in tables.items()}
    return Delivery("plum.zip", {"manifest.csv": "\n".join(lines).encode(), **files})


def whole(**changed: str) -> Delivery:
    """The whole small district in OneRoster 1.1, with some tables changed."""
    return delivery("1.1", (), **(WHOLE | changed))
