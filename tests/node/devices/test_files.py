"""The files for devices: each says the same in its own words, and stays itself when made again."""

from __future__ import annotations

import io
import json
import plistlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.node.devices.apple import mobileconfig
from hornbook.node.devices.browsers import chrome, edge, firefox
from hornbook.node.devices.bundle import as_zip, files
from hornbook.node.devices.facts import Facts, authorities, facts_of, group_of
from hornbook.node.devices.pac import pac
from hornbook.node.devices.windows import notes
from hornbook.node.envoy import certificate

TOKEN = "abcdefgh23456789abcdefgh23456789"
NAME = "filter.district.example"


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """A school's shared devices, with an authority that is really made."""
    instance = Instance(tmp_path_factory.mktemp("district"))
    certificate.settle(instance, Settings(dns_name=NAME))
    return Facts(
        host=NAME,
        ports=Ports(),
        district="Maple Valley Schools",
        authorities=authorities(instance.root),
        inside=("school.example",),
        site="maple",
        site_name="Maple Elementary",
        group=group_of("shared"),
        token=TOKEN,
        salt="s" * 32,
    )


def test_chrome_asks_by_identifier_and_edge_by_token(facts: Facts) -> None:
    base = f"https://{NAME}:8443/dns-query"
    found = chrome(facts)
    assert found["DnsOverHttpsMode"] == "secure"
    identified = found["DnsOverHttpsTemplatesWithIdentifiers"]
    assert identified == base + "/${DEVICE_ASSET_ID}{?dns}"
    assert found["DnsOverHttpsTemplates"] == f"{base}/{TOKEN}{{?dns}}"
    assert found["DnsOverHttpsSalt"] == "s" * 32
    assert (found["QuicAllowed"], found["EncryptedClientHelloEnabled"]) == (False, False)
    assert not {"DnsOverHttpsTemplatesWithIdentifiers", "DnsOverHttpsSalt"} & edge(facts).keys()


def test_nobody_signs_in_where_only_the_site_is_known(facts: Facts) -> None:
    found = chrome(replace(facts, group=group_of("site")))
    assert "DnsOverHttpsTemplatesWithIdentifiers" not in found


def test_a_filter_without_a_name_has_no_dns_over_https(facts: Facts) -> None:
    bare = replace(facts, host="10.4.0.2")
    assert "DnsOverHttpsMode" not in chrome(bare)
    assert "DNSOverHTTPS" not in str(firefox(bare))
    kinds = [one["PayloadType"] for one in plistlib.loads(mobileconfig(bare))["PayloadContent"]]
    assert kinds == ["com.apple.security.root"]
    assert "DoHPolicy" not in notes(bare)


def test_firefox_trusts_the_files_beside_its_policies(facts: Facts) -> None:
    made = files(facts)
    told = json.loads(made["firefox/policies.json"])["policies"]
    assert told["DNSOverHTTPS"]["ProviderURL"] == f"https://{NAME}:8443/dns-query/{TOKEN}"
    assert told["DNSOverHTTPS"]["Locked"] is True
    assert told["DNSOverHTTPS"]["ExcludedDomains"] == ["school.example"]
    for name in told["Certificates"]["Install"]:
        assert x509.load_pem_x509_certificate(made[f"firefox/{name}"])


def test_apples_profile_is_a_plist_with_the_authority_and_stable_numbers(facts: Facts) -> None:
    found = plistlib.loads(mobileconfig(facts))
    trust, dns = found["PayloadContent"]
    authority = x509.load_der_x509_certificate(trust["PayloadContent"])
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert trust["PayloadType"] == "com.apple.security.root"
    assert dns["PayloadType"] == "com.apple.dnsSettings.managed"
    assert dns["DNSSettings"]["DNSProtocol"] == "HTTPS"
    numbers = [one["PayloadUUID"] for one in (found, trust, dns)]
    assert len(set(numbers)) == 3
    again = plistlib.loads(mobileconfig(replace(facts, token="z" * 32)))
    assert [again["PayloadUUID"], *[p["PayloadUUID"] for p in again["PayloadContent"]]] == numbers
    other = plistlib.loads(mobileconfig(replace(facts, site="oak")))
    assert other["PayloadUUID"] != numbers[0]
    assert other["PayloadIdentifier"] != found["PayloadIdentifier"]


def test_only_supervised_devices_are_told_that_nothing_can_be_switched_off(facts: Facts) -> None:
    free, held = (plistlib.loads(mobileconfig(facts, supervised=s)) for s in (False, True))
    assert "ProhibitDisablement" not in free["PayloadContent"][1]
    assert held["PayloadContent"][1]["ProhibitDisablement"] is True
    assert held["PayloadRemovalDisallowed"] is True


def test_windows_notes_number_their_steps_and_name_what_is_not_known(facts: Facts) -> None:
    told = notes(facts)
    assert "1. Trust the filter" in told
    assert "4. Look whether it works" in told
    assert "ADDRESS-OF-THE-FILTER is the IP address" in told
    assert "ADDRESS-OF" not in notes(replace(facts, address="10.4.0.2"))
    bare = notes(replace(facts, authorities=()))
    assert "1. Look names up" in bare


def test_a_device_looks_up_for_itself_only_the_name_that_shows_its_resolver(facts: Facts) -> None:
    assert 'host === "dns.hornbook.internal"' in pac(facts)
    assert "proxy.hornbook.internal" not in pac(facts)


def test_the_zip_is_the_same_for_the_same_facts_and_warns_of_its_token(facts: Facts) -> None:
    made = files(facts)
    packed = as_zip(made)
    assert packed == as_zip(files(facts))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert sorted(archive.namelist()) == sorted(made)
        readme = archive.read("README.txt").decode()
    assert "anyone at Maple Elementary" in readme
    assert "token" not in files(replace(facts, token=""))["README.txt"].decode()


def test_what_is_no_host_or_token_is_refused(facts: Facts) -> None:
    with pytest.raises(InstanceError, match="is no host"):
        replace(facts, host="a b")
    with pytest.raises(InstanceError, match="token"):
        replace(facts, token='x"; return "DIRECT')
    with pytest.raises(InstanceError, match="people, shared, site"):
        group_of("everybody")


def test_an_instance_tells_no_address_that_devices_cannot_reach(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    instance.save(Settings(private_suffixes=(".Local",)))
    found = facts_of(instance)
    assert (found.address, found.inside, found.help) == ("", ("local",), ())
    assert facts_of(instance, host="[2001:db8::7]").proxy == "HTTPS [2001:db8::7]:3128"


def test_where_the_proxy_asks_for_certificates_browsers_show_theirs(facts: Facts) -> None:
    """Without a question, and to the proxy alone."""
    asked = replace(facts, certificates=True)
    for policies in (chrome(asked), edge(asked)):
        rules = policies["AutoSelectCertificateForUrls"]
        assert isinstance(rules, list)
        said = json.loads(rules[0])
        assert said == {"pattern": f"https://{NAME}:3128", "filter": {"ISSUER": {"O": "Hornbook"}}}
    preferences = firefox(asked)["policies"]["Preferences"]  # type: ignore[index]
    assert preferences["security.default_personal_cert"]["Value"] == "Select Automatically"
    assert "AutoSelectCertificateForUrls" not in chrome(facts)


def test_where_the_proxy_takes_tickets_browsers_give_it_theirs(facts: Facts) -> None:
    """To the filter by the name that the keytab has, and to no other."""
    taken = replace(facts, kerberos=True)
    for policies in (chrome(taken), edge(taken)):
        assert policies["AuthServerAllowlist"] == NAME
    told = firefox(taken)["policies"]["Authentication"]  # type: ignore[index]
    assert told == {"SPNEGO": [NAME], "AllowProxies": {"SPNEGO": True}, "Locked": True}
    assert "AuthServerAllowlist" not in chrome(facts)
    assert "Authentication" not in firefox(facts)["policies"]  # type: ignore[operator]
