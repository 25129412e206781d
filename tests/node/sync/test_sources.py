"""Where parts may come from, and where they may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hornbook.instance import Instance, InstanceError
from hornbook.node.sync.service import Sync
from hornbook.node.sync.sources import Source, open_source
from hornbook.node.sync.token import NAME, checked, read_token, save_token
from tests.node.sync.conftest import Console


@pytest.mark.parametrize("address", ["http://console.example/parts/", "http://192.0.2.7/parts/"])
def test_plain_http_to_another_machine_is_refused(address: str) -> None:
    with pytest.raises(InstanceError, match=r"in the clear.*use https://"):
        open_source(address, "token")


@pytest.mark.parametrize(
    "address",
    ["https://console.example/parts/", "http://localhost:8000/parts/", "http://[::1]:8000/parts"],
)
def test_https_and_loopback_may_be_asked(address: str) -> None:
    assert open_source(address, "token")


@pytest.mark.parametrize("address", ["", "https:///parts/", "http://[::1/", "https://a:b/"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InstanceError):
        open_source(address)


@pytest.mark.parametrize("address", ["s3://key:secret@bucket/parts", "https://me@console/parts/"])
def test_an_address_holds_no_key(address: str) -> None:
    with pytest.raises(InstanceError, match="must hold no key"):
        open_source(address)


@pytest.mark.parametrize("endpoint", ["", "&endpoint_override=store.example:9000"])
def test_a_store_on_another_machine_is_not_asked_in_the_clear(endpoint: str) -> None:
    with pytest.raises(InstanceError, match="in the clear"):
        open_source(f"s3://bucket/parts?scheme=http{endpoint}")


def test_an_unknown_store_is_refused_with_what_there_is() -> None:
    with pytest.raises(InstanceError, match="Use https://CONSOLE/parts/, a folder, or"):
        open_source("nowhere://bucket/parts")


@pytest.mark.parametrize("write", [str, Path.as_uri], ids=["folder", "object store"])
def test_a_folder_and_a_store_are_followed_like_a_console(
    tmp_path: Path, console: Console, write: Callable[[Path], str]
) -> None:
    source: Source = open_source(write(console.store.folder))
    node = Sync(Instance(tmp_path / "node-2"), source)
    node.look()
    assert "current.json" in node.problem
    published = console.publish("adult.example")
    node.look()
    assert (node.follower.store.current(), node.problem) == (published, "")


def test_a_token_is_kept_for_this_account_only(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    assert read_token(instance) == ""
    save_token(instance, checked("  a-token-that-is-long-enough\n"))
    assert read_token(instance) == "a-token-that-is-long-enough"
    assert (tmp_path / "secrets" / NAME).stat().st_mode & 0o777 == 0o600
    with pytest.raises(InstanceError, match="hornbook node add"):
        checked("two words")
