"""What managed devices are told, so that they ask this filter: files for each kind of device.

``facts`` gathers what all of them say; ``pac``, ``browsers``, ``apple`` and ``windows`` write it
as each program reads it; ``bundle`` puts the files of one site and group together. ``names`` are
those by which a device finds out whether it is covered (``node/notice/check.py``).
"""
