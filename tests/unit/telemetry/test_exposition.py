"""Facts about the text a scraper reads."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from collab.telemetry.exposition import Family, histogram, labelled, single, written


def _read(*families: Family) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the samples a scraper finds, by name and labels."""
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(written(families).decode())
        for sample in family.samples
        if not family.name.startswith("process_")
    }


def test_families() -> None:
    """Counters and gauges come through under the names and labels they were given."""
    odd = 'x"\\\n'
    assert _read(
        single("a_total", "counter", "How many.", 3),
        labelled("b", "gauge", "Of each.", "kind", {"y": 1.5, odd: 2}),
    ) == {("a_total", ()): 3, ("b", (("kind", odd),)): 2, ("b", (("kind", "y"),)): 1.5}


def test_histogram() -> None:
    """Buckets add up, the last one is everything."""
    samples = _read(histogram("s", "Seconds.", (0.1, 1.0), (1, 2, 3), 9.5))
    assert samples == {
        ("s_bucket", (("le", "0.1"),)): 1,
        ("s_bucket", (("le", "1.0"),)): 3,
        ("s_bucket", (("le", "+Inf"),)): 6,
        ("s_sum", ()): 9.5,
        ("s_count", ()): 6,
    }
