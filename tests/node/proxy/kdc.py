"""A Kerberos realm of the test's own: the MIT programs, a free port, a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.node.dns.conftest import until
from tests.node.doh.conftest import free_ports

PROGRAMS = ("krb5kdc", "kadmin.local", "kdb5_util", "kinit")
SKEW = 20  # seconds by which clocks may differ; a ticket is good so much longer
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def missing() -> str:
    """Why there can be no realm here; empty where there can."""
    absent = [name for name in PROGRAMS if not shutil.which(name, path=SBIN)]
    curl = subprocess.run(["curl", "-V"], capture_output=True, text=True)
    if absent:
        return f"there is no {', '.join(absent)} (packages krb5-kdc, krb5-admin-server, krb5-user)"
    return "" if "SPNEGO" in curl.stdout else "this curl has no SPNEGO"


class Realm:
    """One realm with its KDC; ``service`` is in the keytab."""

    def __init__(self, folder: Path, name: str, service: str = "HTTP/localhost") -> None:
        folder.mkdir()
        self.folder, self.name = folder, name
        (port,) = free_ports(1)
        self.keytab = folder / "proxy.keytab"
        self._write(port)
        self._run("kdb5_util", "create", "-s", "-r", name, "-P", "master-of-the-test")
        self._admin(f"addprinc -randkey {service}")
        self._admin(f"ktadd -k {self.keytab} {service}")
        self.keytab.chmod(0o600)
        self._log = (folder / "kdc.out").open("wb")
        self._process = subprocess.Popen(
            [str(shutil.which("krb5kdc", path=SBIN)), "-n"],
            env=self.environment(),
            stdout=self._log,
            stderr=self._log,
        )
        self.add("probe")
        until(lambda: self._kinit("probe") == 0, 60)

    def add(self, principal: str) -> None:
        self._admin(f"addprinc -pw secret-of-{principal} {principal}")

    def sign_in(self, principal: str, lasts: str = "1h") -> dict[str, str]:
        """The environment of somebody who has signed in to this realm."""
        until(lambda: self._kinit(principal, lasts) == 0, 20)
        return self.environment(principal)

    def environment(self, principal: str = "nobody") -> dict[str, str]:
        return {
            **os.environ,
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
            "KRB5CCNAME": f"FILE:{self._cache(principal)}",
        }

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._log.close()

    def _cache(self, principal: str) -> Path:
        return self.folder / f"{principal.replace('/', '_')}.ccache"

    def _kinit(self, principal: str, lasts: str = "1h") -> int:
        done = subprocess.run(
            ["kinit", "-l", lasts, principal],
            input=f"secret-of-{principal}\n",
            env=self.environment(principal),
            capture_output=True,
            text=True,
        )
        return done.returncode

    def _admin(self, query: str) -> None:
        self._run("kadmin.local", "-r", self.name, "-q", query)

    def _run(self, program: str, *words: str) -> None:
        path = str(shutil.which(program, path=SBIN))
        done = subprocess.run(
            [path, *words], env=self.environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def _write(self, port: int) -> None:
        (self.folder / "krb5.conf").write_text(f"""[libdefaults]
 default_realm = {self.name}
 clockskew = {SKEW}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 {self.name} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {self.name}
""")
        (self.folder / "kdc.conf").write_text(f"""[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {self.name} = {{
  database_name = {self.folder}/principal
  key_stash_file = {self.folder}/stash
  acl_file = {self.folder}/kadm5.acl
 }}
[logging]
 kdc = FILE:{self.folder}/kdc.log
 admin_server = FILE:{self.folder}/kadmin.log
""")
