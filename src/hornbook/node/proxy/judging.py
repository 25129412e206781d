"""What is asked together, judged as one batch: each visit gets its row, and so does the record."""

from __future__ import annotations

import numpy as np

from hornbook.instance import Settings
from hornbook.kernel.judge import PROTECTED, Now, One
from hornbook.kernel.names import to_wire
from hornbook.kernel.wires import Wires
from hornbook.node.dns.desk import House, Row
from hornbook.node.dns.world import World
from hornbook.node.doh.clerk import as_rows
from hornbook.node.proxy.asked import split_path
from hornbook.node.proxy.bypass import Bypass, goes_around
from hornbook.node.proxy.single import PROXY
from hornbook.node.proxy.visit import Visit, clients_of
from hornbook.node.proxy.warned import Warner

LESS_THAN_WARN = ("allow", "inspect")
LONGEST_PATH = 500  # characters that the record keeps


class Judging:
    """For one world at a time: ``follow`` says which."""

    def __init__(self, house: House, settings: Settings, warner: Warner) -> None:
        self._house, self._settings, self._warner = house, settings, warner

    def follow(self, world: World) -> None:
        self._bypass = Bypass(world.kernel)
        self._warner.follow(world.kernel)

    def judge(self, world: World, visits: list[Visit], now: float, held: Now) -> None:
        """Each visit gets its row, and the record gets it, too."""
        names = [visit.target.wire for visit in visits]
        seat = held.present(np.array([visit.seat for visit in visits], np.int32))
        judged = world.kernel.judge(Wires.pack(names), seat, held)
        for place, visit in enumerate(visits):
            visit.site = names[place][max(0, int(judged.start[place])) :]
            deeper = self._deeper(world, visit, int(seat[place]), held)
            if deeper:
                judged.verdict[place], judged.set_id[place] = deeper
            worse = self._worse(world, visit, int(judged.verdict[place]), int(seat[place]), held)
            if worse:
                judged.verdict[place], judged.set_id[place] = worse
                names[place] = visit.target.wire if visit.target.literal else to_wire(visit.host)
        protos = np.full(len(visits), PROXY)
        none = np.zeros(len(visits), np.uint16)
        clients = clients_of(visits)
        numbers, seats = judged.verdict.tolist(), seat.tolist()
        told = zip(visits, numbers, seats, strict=True)
        texts = (
            [
                self._path(world, visit, number)
                for visit, number in zip(visits, numbers, strict=True)
            ],
            [self._warner.note(one, world.kernel, number, at, now) for one, number, at in told],
        )
        for batch, rows in as_rows(
            world, now, held, protos, names, judged, seat, clients, none, texts
        ):
            self._house.journal.add(batch)
            for place, row in enumerate(rows):
                visits[row].row = Row(batch, place)

    def _path(self, world: World, visit: Visit, number: int) -> str:
        """The page, where it is seen and its rule has it kept; without its query."""
        rulebook = world.kernel.rulebook
        if number < len(rulebook.verdicts):  # no order: a rewrite lies over a rule that looks
            number = int(rulebook.beneath[number])
        if visit.asked.tunnel or not rulebook.keeps_path(world.kernel.verdict(number)):
            return ""
        visit.has_path = True  # another page must be asked about
        return split_path(visit.asked.path)[0][:LONGEST_PATH]

    def _deeper(self, world: World, visit: Visit, seat: int, held: Now) -> tuple[int, int] | None:
        """(verdict, set) of the address, where a list means single pages of this site."""
        address = visit.address(self._settings.proxy_ports)
        if address is None or not world.kernel.catalogue.looks_deeper(address.site):
            return None
        visit.has_path = True
        one, path = world.kernel.judge_address(address, seat, held)
        if path:
            visit.site = address.wire[one.start :]
        return one.verdict, one.set_id

    def _worse(
        self, world: World, visit: Visit, verdict: int, seat: int, held: Now
    ) -> tuple[int, int] | None:
        """(verdict, set) where more than the name in the request itself stops it.

        A request in a tunnel that was opened for another name, or whose address holds another
        (``wrapped``), gets the worse of both.
        """
        found = world.kernel.verdict(verdict)
        if found.action == "block":
            return None
        warned: list[tuple[str, One]] = []
        for host in (*visit.others, *visit.carried):
            other = world.kernel.judge_one(to_wire(host), seat, held)
            action = world.kernel.verdict(other.verdict).action
            if action == "block":
                visit.host = host
                return other.verdict, other.set_id
            if action == "warn" and found.action in LESS_THAN_WARN:
                warned.append((host, other))
        if found.basis == PROTECTED:
            return None
        around = goes_around(visit, self._settings.proxy_ports)
        way = self._bypass.judge(seat, held) if around else None
        return self._warned(visit, *warned[0]) if warned and way is None else way

    def _warned(self, visit: Visit, host: str, other: One) -> tuple[int, int]:
        visit.host, visit.site = host, to_wire(host)[max(0, other.start) :]
        return other.verdict, other.set_id
