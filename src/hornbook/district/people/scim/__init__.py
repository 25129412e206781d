"""SCIM 2.0 (RFC 7643, RFC 7644): the district's directory tells of joiners, movers and leavers.

A *source* is a directory (Entra ID, Google, ClassLink …) with a bearer token of its own. It may
write accounts and groups. A group means nothing until somebody maps it to a role at a site:
then its members hold that role while they are in it. Nobody is ever deleted: who is removed is
signed out and loses what the directory gave, and keeps a page in the history.
"""
