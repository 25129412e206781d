"""All files of one site and group, and a ZIP of them."""

from __future__ import annotations

import io
import json
import zipfile

from hornbook.node.devices.apple import mobileconfig
from hornbook.node.devices.browsers import Policies, chrome, edge, firefox
from hornbook.node.devices.facts import Facts
from hornbook.node.devices.pac import pac
from hornbook.node.devices.windows import notes

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same facts give the same octets
_README = """{title}

Where each file belongs:

chrome.json             Chrome and Chromium on Linux: /etc/opt/chrome/policies/managed/ or
                        /etc/chromium/policies/managed/. Elsewhere and on ChromeOS: the same fields
                        in the Google Admin console.
edge.json               Edge on Linux: /etc/opt/edge/policies/managed/. Elsewhere: the same fields
                        in Intune or group policy.
firefox/                policies.json: /etc/firefox/policies/ on Linux, the folder “distribution”
                        beside the program on Windows and Mac. The .pem files:
                        /usr/lib/mozilla/certificates/ on Linux; Windows and Mac take the machine's.
apple.mobileconfig      iPad, iPhone, Mac, by device management.
apple-supervised.mobileconfig
                        The same for supervised devices: nobody can switch it off or remove it.
windows.txt             What to do on Windows.
proxy.pac               For every other program that reads a PAC file; also at
                        {pac_url}

Then open {check_url}
on a device: it says whether names, pages and the inside of HTTPS come by this filter, and for
whom the device is taken.

{warning}Make the files again when the filter's name, its authorities or the protected set change.
"""
_WARNING = """These files hold a token. Whoever has it is taken for “{whom}”. Treat it as
a password, and revoke it in the console when a device is lost.

"""
_IDENTITY = """{district}: certificate of {name} for the filter's proxy

{stem}.p12
                Certificate and key of this device. Windows: double-click it, for the user.
                Linux (Chrome): pk12util -d sql:$HOME/.pki/nssdb -i {stem}.p12
                Firefox: Settings, Certificates, Your certificates, Import.
{stem}.mobileconfig
                The same as a profile for Mac, by device management.

Password        {password}

Whoever has these files and the password is taken for this device. Import them, then destroy both.
The key is kept nowhere else: when it is lost, revoke the certificate in the console and make
another one.

The browser shows the certificate to the proxy by itself where its policies name the proxy: make the
files of the school again after certificates were switched on. Then open {check_url} on the device.
"""


def files(facts: Facts) -> dict[str, bytes]:
    """File names and what is in them."""
    return {
        "README.txt": _readme(facts).encode(),
        "chrome.json": _json(chrome(facts)),
        "edge.json": _json(edge(facts)),
        "firefox/policies.json": _json(firefox(facts)),
        **{f"firefox/{one.file}": one.pem.encode() for one in facts.authorities},
        "apple.mobileconfig": mobileconfig(facts),
        "apple-supervised.mobileconfig": mobileconfig(facts, supervised=True),
        "windows.txt": notes(facts).replace("\n", "\r\n").encode(),
        **{one.file: one.pem.encode() for one in facts.authorities},
        "proxy.pac": pac(facts).encode(),
    }


def about_identity(facts: Facts, name: str, stem: str, password: str) -> bytes:
    """What to do with the certificate of one device; as secret as its key."""
    district = facts.district or "School district"
    said = {"district": district, "name": name, "stem": stem, "password": password}
    return _IDENTITY.format(check_url=facts.check_url, **said).encode()


def as_zip(found: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(found):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), found[name])
    return packed.getvalue()


def _readme(facts: Facts) -> str:
    place = facts.site_name or facts.site
    whom = f"the device {facts.device}" if facts.device else f"anyone at {place}"
    warning = _WARNING.format(whom=whom) if facts.token else ""
    return _README.format(
        title=facts.title, pac_url=facts.pac_url, check_url=facts.check_url, warning=warning
    )


def _json(policies: Policies) -> bytes:
    return (json.dumps(policies, indent=2, ensure_ascii=False) + "\n").encode()
