"""Which clients' requests are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from queryscope import clients
from queryscope.clients import container_gateways, gateways, refusal
from queryscope.config import read_config
from queryscope.errors import ConfigError

# Of a container: the default route by 172.17.0.1, and the bridge's own network.
ROUTES = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010011AC	0003	0	0	0	00000000	0	0	0
eth0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
"""


@pytest.fixture(autouse=True)
def _no_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(clients, "CONTAINER_MARKS", (tmp_path / "mark",))
    monkeypatch.setattr(clients, "ROUTES", tmp_path / "routes")
    monkeypatch.delenv("container", raising=False)
    container_gateways.cache_clear()
    yield
    container_gateways.cache_clear()


def refuse(address: str | None, *, allow: Any = (), internal_ips: Any = ()) -> str:
    request = SimpleNamespace(META={} if address is None else {"REMOTE_ADDR": address})
    return refusal(request, allow=allow, internal_ips=internal_ips)


def enter_container(tmp_path: Path) -> None:
    (tmp_path / "mark").touch()
    (tmp_path / "routes").write_text(ROUTES)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_may(address: str) -> None:
    assert refuse(address) == ""


@pytest.mark.parametrize(
    "address", ["10.0.0.7", "192.168.1.5", "8.8.8.8", "2001:db8::1", "::ffff:10.0.0.7", "fe80::1%eth0"]
)
def test_others_may_not(address: str) -> None:
    assert refuse(address)


def test_internal_ips_may() -> None:
    assert refuse("10.0.0.7", internal_ips=["10.0.0.7"]) == ""
    assert refuse("10.0.0.8", internal_ips=["10.0.0.7"])


def test_internal_ips_may_be_any_container() -> None:
    class Office:
        def __contains__(self, address: object) -> bool:
            return str(address).startswith("10.")

    assert refuse("10.0.0.7", internal_ips=Office()) == ""


@pytest.mark.parametrize("network", ["10.0.0.0/8", "10.0.0.7", "10.0.0.7/8"])
def test_networks_of_the_setting_may(network: str) -> None:
    allow = read_config({"ALLOW": [network]}).allow
    assert refuse("10.0.0.7", allow=allow) == ""
    assert refuse("11.0.0.7", allow=allow)


def test_networks_do_not_take_from_loopback() -> None:
    assert refuse("127.0.0.1", allow=("10.0.0.0/8",)) == ""


def test_a_callable_decides_by_the_request() -> None:
    assert refuse("8.8.8.8", allow=lambda request: request.META["REMOTE_ADDR"] == "8.8.8.8") == ""
    assert "QUERYSCOPE['ALLOW'] said no" in refuse("8.8.4.4", allow=lambda request: False)


def test_the_reason_names_the_address_and_the_setting_that_would_allow_it() -> None:
    reason = refuse("172.18.0.1")
    assert reason.startswith("requests from 172.18.0.1 are not profiled")
    assert 'QUERYSCOPE = {"ALLOW": ["172.18.0.1"]}' in reason
    assert "QUERYSCOPE['ALLOW'] is not set" in reason


def test_the_setting_that_is_offered_would_allow_it() -> None:
    assert refuse("172.18.0.1", allow=read_config({"ALLOW": ["172.18.0.1"]}).allow) == ""


@pytest.mark.parametrize("address", [None, "", "unix:", "\x1b[31mevil", "999.1.1.1"])
def test_what_is_no_address_is_refused_and_never_echoed(address: str | None) -> None:
    reason = refuse(address)
    assert "(no address: a unix socket or a proxy)" in reason
    assert "lambda request: True" in reason
    assert "evil" not in reason


def test_the_gateway_of_a_container_may(tmp_path: Path) -> None:
    enter_container(tmp_path)
    assert refuse("172.17.0.1") == ""


def test_a_neighbour_in_the_containers_network_may_not(tmp_path: Path) -> None:
    enter_container(tmp_path)
    assert refuse("172.17.0.3")


def test_the_router_of_a_machine_that_is_no_container_may_not(tmp_path: Path) -> None:
    (tmp_path / "routes").write_text(ROUTES)
    assert refuse("172.17.0.1")


def test_a_public_gateway_may_not(tmp_path: Path) -> None:
    enter_container(tmp_path)
    (tmp_path / "routes").write_text(ROUTES.replace("010011AC", "08080808"))
    assert refuse("8.8.8.8")


def test_a_container_that_tells_it_by_the_environment_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "routes").write_text(ROUTES)
    monkeypatch.setenv("container", "podman")
    assert refuse("172.17.0.1") == ""


def test_a_container_without_a_routing_table_has_no_gateway(tmp_path: Path) -> None:
    (tmp_path / "mark").touch()
    assert container_gateways() == frozenset()


def test_only_default_routes_by_a_gateway_are_read() -> None:
    assert gateways(ROUTES) == {"172.17.0.1"}
    assert gateways(ROUTES.replace("0003", "0001")) == frozenset()
    assert gateways("") == frozenset()
    assert gateways("header\nshort line\n") == frozenset()


@pytest.mark.parametrize("value", ["10.0.0.0/8", ["nowhere"], [3.5], 7, [None], ["10.0.0.0/99"]])
def test_a_setting_that_names_no_network_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"QUERYSCOPE\['ALLOW'\] must be"):
        read_config({"ALLOW": value})
