"""The sample district: Maple Valley Community School District, invented from end to end.

``build.build_sample`` makes it at the first start, through the same doors that a real
district uses: OneRoster and staff CSV, policy import, list import, publish. The record stays
empty; only what is really asked is recorded.
"""
