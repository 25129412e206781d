"""Where the filter is and how it knows a device: what every profile says in its own words."""

from __future__ import annotations

import base64
import ipaddress
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.node.devices.names import PAC_PATH, PATH
from hornbook.node.partstore import PartStore, Watcher

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\]")
_TOKEN = re.compile(r"[a-z0-9_-]{16,63}")


@dataclass(frozen=True)
class Group:
    """Devices that are known in the same way. ``identifier`` is what managed Chrome fills in."""

    key: str
    label: str
    words: str
    identifier: str = ""


GROUPS = (
    Group(
        "people",
        "Each person signs in",
        "Chromebooks and laptops on which people sign in with their own account.",
        "${USER_EMAIL}",
    ),
    Group(
        "shared",
        "Shared devices",
        "Carts and labs: the device is known by its asset id, whoever sits there.",
        "${DEVICE_ASSET_ID}",
    ),
    Group("site", "Nobody signs in", "Kiosks and other devices: known as anyone at the site."),
)


def group_of(key: str) -> Group:
    """The group of that key. Raises InstanceError with those that there are."""
    found = next((group for group in GROUPS if group.key == key), None)
    if found is None:
        known = ", ".join(group.key for group in GROUPS)
        raise InstanceError(f"There is no group “{key}”. Choose one of: {known}.")
    return found


@dataclass(frozen=True)
class Authority:
    """A certificate authority that devices must trust: a file name, what for, and the PEM."""

    file: str
    label: str
    pem: str

    @property
    def der(self) -> bytes:
        return x509.load_pem_x509_certificate(self.pem.encode()).public_bytes(Encoding.DER)

    @property
    def base64(self) -> str:
        return base64.b64encode(self.der).decode()


@dataclass(frozen=True)
class Facts:
    """One site and group. ``host`` is the filter's name, ``address`` its IP address ("" unknown).

    ``help`` are names that open without the proxy where it is away, ``inside`` suffixes that never
    need it. ``tls``: devices go to the proxy by TLS. ``device`` is the asset id where the files are
    for one device. ``token`` stands for it or for the site, ``salt`` is that of Chrome's
    identifiers; both may be empty. ``certificates``: the proxy asks devices for theirs.
    ``kerberos``: it takes tickets.
    """

    host: str
    ports: Ports
    district: str = ""
    address: str = ""
    tls: bool = True
    help: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    authorities: tuple[Authority, ...] = ()
    site: str = ""
    site_name: str = ""
    device: str = ""
    group: Group = field(default=GROUPS[-1])
    token: str = ""
    salt: str = ""
    certificates: bool = False
    kerberos: bool = False

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            raise InstanceError(
                f"“{self.host}” is no host. Give the filter's name, --host filter.example."
            )
        if self.token and not _TOKEN.fullmatch(self.token):
            raise InstanceError("The token is none: it has 16 to 63 small letters and digits.")

    @property
    def has_name(self) -> bool:
        """DNS over TLS needs a name that a certificate can be made for."""
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return "." in self.host
        return False

    def doh(self, who: str = "") -> str:
        """Where DoH is asked, as somebody (a token or a placeholder) or by address alone."""
        port = "" if self.ports.doh == 443 else f":{self.ports.doh}"
        return f"https://{self.host}{port}/dns-query" + (f"/{who}" if who else "")

    @property
    def proxy(self) -> str:
        """As a PAC file says it."""
        return f"{'HTTPS' if self.tls else 'PROXY'} {self.host}:{self.ports.proxy}"

    @property
    def notice(self) -> str:
        port = "" if self.ports.notice == 80 else f":{self.ports.notice}"
        return f"http://{self.host}{port}"

    @property
    def pac_url(self) -> str:
        return self.notice + PAC_PATH

    @property
    def check_url(self) -> str:
        return self.notice + PATH

    @property
    def title(self) -> str:
        place = self.device or self.site_name or self.site or "all sites"
        return f"{self.district or 'School district'} filter: {place}, {self.group.label.lower()}"

    def uuid(self, what: str) -> str:
        """The same for the same filter, site, group and payload, so that a new file replaces."""
        filter_ = uuid.uuid5(uuid.NAMESPACE_DNS, self.host.lower())
        return str(uuid.uuid5(filter_, f"{self.site}/{self.group.key}/{what}")).upper()


def facts_of(instance: Instance, *, host: str = "", tls: bool = True) -> Facts:
    """What this instance says of itself. Raises InstanceError for a host that is none."""
    settings = instance.settings()
    watcher = Watcher(PartStore(instance.parts))
    watcher.poll()
    notice = watcher.kernel.rulebook.notice if watcher.kernel else {}
    return Facts(
        host=host or own_host(settings),
        ports=settings.ports,
        district=str(notice.get("district", "")),
        address=_address(settings),
        tls=tls,
        help=tuple(notice.get("protected", ())),
        inside=inside_of(settings),
        authorities=authorities(instance.root),
        certificates=settings.proxy_certificates and tls,
        kerberos=bool(settings.kerberos_keytab),
    )


def own_host(settings: Settings) -> str:
    """How devices call the filter: its name, else the address that it listens on."""
    return settings.dns_name or settings.bind


def inside_of(settings: Settings) -> tuple[str, ...]:
    return tuple(sorted(name.lower().strip(".") for name in settings.private_suffixes))


def _address(settings: Settings) -> str:
    """An address that devices can be told; that of no interface and loopback are none."""
    address = ipaddress.ip_address(settings.bind)
    return "" if address.is_unspecified or address.is_loopback else str(address)


def authorities(root: Path) -> tuple[Authority, ...]:
    """Our own authorities, of those that were made already; a public one needs no profile."""
    return tuple(
        Authority(file, label, (root / path).read_text())
        for path, file, label in _AUTHORITIES
        if (root / path).exists()
    )


_AUTHORITIES = (
    ("tls/ca.pem", "hornbook-dns.pem", "Filter's own server (DoH, DoT, proxy)"),
    ("inspection/ca.pem", "hornbook-inspection.pem", "What the filter opens inside HTTPS"),
)
