"""Every write to reports and cases: the change and its leaf, in one transaction."""

from hornbook.instance import InstanceError


class Refused(InstanceError):
    """The act is not possible; the message says why, for people. Nothing was changed."""
