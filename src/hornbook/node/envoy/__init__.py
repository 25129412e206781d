"""Envoy itself: its program (``program``), pieces of its configuration (``shapes``), and how one
Envoy is checked, started, watched and drained (``front``). What each Envoy of ours is told stands
in the room that needs it: ``node/doh``, ``node/proxy``.
"""
