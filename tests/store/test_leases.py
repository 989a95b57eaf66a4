"""A lease is renewed while its holder works, and its holder knows when it may be lost."""

from __future__ import annotations

import threading

from publisher.errors import StoreError
from publisher.store.leases import Lease, steady


def test_a_lease_is_renewed_in_the_background_until_the_end() -> None:
    """Renewals go on inside the block and stop with it."""
    several = threading.Event()
    count = 0

    def renew() -> None:
        nonlocal count
        count += 1
        if count >= 4:
            several.set()

    with Lease(renew, 0.04, clock=lambda: 0.0) as held:
        assert held()
        assert several.wait(5)
    ended = count
    assert not threading.Event().wait(0.1)
    assert count == ended


def test_a_lease_that_cannot_be_renewed_is_no_longer_sure() -> None:
    """When the database takes no renewal the holder stops counting on it before anybody else may take over."""
    now = 0.0
    refused = threading.Event()
    first = True

    def renew() -> None:
        nonlocal first
        if not first:
            refused.set()
            raise StoreError("occupée")
        first = False

    with Lease(renew, 0.2, clock=lambda: now) as held:
        assert refused.wait(5)
        now = 0.15
        assert held()
        now = 0.17
        assert not held()


def test_a_renewal_counts_from_before_it_was_asked_for() -> None:
    """A slow database gives no extra time: the lease runs from the moment the renewal began."""
    times = iter([0.0, 50.0])

    def renew() -> None:
        pass

    lease = Lease(renew, 100.0, clock=lambda: next(times, 90.0))
    with lease as held:
        assert held()
        assert not held()


def test_the_steady_clock_goes_forward() -> None:
    """It is no time of day."""
    before = steady()
    assert steady() >= before
