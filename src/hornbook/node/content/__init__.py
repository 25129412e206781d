"""The content stage: what comes back inside a tunnel that is looked into is looked at, too.

Envoy's filter ``ext_proc`` (``config``) asks this process for each answer (``talk``, in the words
of ``words``). Only texts and pictures are held, up to a bound; ``unpack`` undoes compression,
bounded as well. ``scan/`` says what they show, and the rules in force say whether that is closed
for whoever asked, and under which clause (``judging``). A process of its own: a decoder that a
hostile picture breaks takes no verdict with it.
"""
