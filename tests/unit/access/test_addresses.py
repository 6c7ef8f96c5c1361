"""Facts about where a request came from, and whose word counts."""

from __future__ import annotations

import pytest

from collab.access.addresses import ForwardedHeader, Proxies, is_loopback, neighbourhood

NETWORKS = ("10.0.0.0/8", "::1")
PROXIES = Proxies.named(NETWORKS)
STANDARD = Proxies.named(NETWORKS, ForwardedHeader.FORWARDED)


class TestStrangers:
    def test_nobody_is_believed_unless_named(self) -> None:
        """Without trusted proxies the headers say nothing at all."""
        came = Proxies().arrival(
            "127.0.0.1",
            forwarded=["for=1.2.3.4;proto=https"],
            forwarded_for=["1.2.3.4"],
            forwarded_proto="https",
        )
        assert (came.address, came.is_secure) == ("127.0.0.1", False)

    def test_a_client_is_no_proxy(self) -> None:
        """Who comes from elsewhere than the named networks cannot give another address."""
        came = PROXIES.arrival("203.0.113.9", forwarded_for=["10.0.0.1"], forwarded_proto="https")
        assert (came.address, came.is_secure) == ("203.0.113.9", False)


class TestProxies:
    @pytest.mark.parametrize(
        ("said", "address"),
        [
            (["203.0.113.9"], "203.0.113.9"),
            (["203.0.113.9:4711"], "203.0.113.9"),
            (["[2001:db8::7]:4711"], "2001:db8::7"),
            # What stands before the first hop that is not ours was written by the client.
            (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (["1.1.1.1, 203.0.113.9, 10.2.3.4"], "203.0.113.9"),
            (["1.1.1.1", "203.0.113.9", "10.2.3.4"], "203.0.113.9"),
            (["10.9.9.9, 10.2.3.4"], "10.9.9.9"),
            (["nonsense"], "10.0.0.1"),
            (["1.1.1.1, nonsense"], "10.0.0.1"),
            ([""], "10.0.0.1"),
            ([], "10.0.0.1"),
            ([", ".join(["10.1.1.1"] * 10_000)], "10.1.1.1"),
        ],
    )
    def test_x_forwarded_for(self, said: list[str], address: str) -> None:
        """The last hop that no trusted proxy vouches for is the client."""
        assert PROXIES.arrival("10.0.0.1", forwarded_for=said).address == address

    @pytest.mark.parametrize(
        ("said", "address", "secure"),
        [
            (["for=203.0.113.9;proto=https"], "203.0.113.9", True),
            (['for="[2001:db8::7]:80";proto=http;by=10.0.0.1'], "2001:db8::7", False),
            (["for=1.1.1.1, FOR=203.0.113.9; proto=https"], "203.0.113.9", True),
            (["for=1.1.1.1;proto=https, for=203.0.113.9"], "203.0.113.9", False),
            (["for=unknown"], "10.0.0.1", False),
            (["garbage;;;="], "10.0.0.1", False),
        ],
    )
    def test_forwarded(self, said: list[str], address: str, *, secure: bool) -> None:
        """The standard header says the same where proxies write that one; the other is nothing."""
        came = STANDARD.arrival(
            "10.0.0.1", forwarded=said, forwarded_for=["9.9.9.9"], forwarded_proto="https"
        )
        assert (came.address, came.is_secure) == (address, secure)

    def test_the_header_that_no_proxy_writes(self) -> None:
        """It is passed on as the client sent it: neither an address nor a scheme comes from it."""
        came = PROXIES.arrival(
            "10.0.0.1", forwarded=["for=9.9.9.9;proto=https"], forwarded_for=["203.0.113.9"]
        )
        assert (came.address, came.is_secure) == ("203.0.113.9", False)
        came = PROXIES.arrival("10.0.0.1", forwarded=["for=9.9.9.9;proto=https"])
        assert (came.address, came.is_secure) == ("10.0.0.1", False)
        came = STANDARD.arrival("10.0.0.1", forwarded_for=["9.9.9.9"], forwarded_proto="https")
        assert (came.address, came.is_secure) == ("10.0.0.1", False)

    def test_tls(self) -> None:
        """The scheme is the one the last proxy wrote."""
        for said, secure in (("https", True), ("http, https", True), ("https, http", False)):
            assert PROXIES.arrival("::1", forwarded_proto=said).is_secure is secure
        assert not PROXIES.arrival("::1").is_secure


def test_networks_that_are_none() -> None:
    """A setting that cannot be a network is refused."""
    for name in ("10.0.0.1/8", "localhost", "", "10.0.0.0/33"):
        with pytest.raises(ValueError, match=r".+"):
            Proxies.named([name])


def test_what_counts_as_one_address() -> None:
    """An IPv4 address, however written, or everything one subscriber has of IPv6."""
    assert neighbourhood("203.0.113.9") == neighbourhood("::ffff:203.0.113.9") == "203.0.113.9"
    assert neighbourhood("2001:db8:1:2::7") == neighbourhood("2001:db8:1:2:ffff::9")
    assert neighbourhood("2001:db8:1:2::7") != neighbourhood("2001:db8:1:3::7")
    assert neighbourhood("a socket's path") == "a socket's path"


def test_loopback() -> None:
    """Only what is this machine under any circumstances."""
    for host in ("localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"):
        assert is_loopback(host)
    for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example", ""):
        assert not is_loopback(host)
