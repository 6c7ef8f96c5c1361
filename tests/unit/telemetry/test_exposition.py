"""Facts about the text a scraper reads, byte by byte as its format says."""

from __future__ import annotations

from collab.telemetry.exposition import histogram, labelled, single, written


def test_families() -> None:
    """Help, type, then the samples; whole numbers without a point, labels sorted and escaped."""
    text = written(
        (
            single("a_total", "counter", "How many.", 3),
            labelled("b", "gauge", "Of each.", "kind", {"y": 1.5, 'x"\\\n': 2}),
        )
    )
    assert text == (
        "# HELP a_total How many.\n"
        "# TYPE a_total counter\n"
        "a_total 3\n"
        "# HELP b Of each.\n"
        "# TYPE b gauge\n"
        'b{kind="x\\"\\\\\\n"} 2\n'
        'b{kind="y"} 1.5\n'
    )


def test_histogram() -> None:
    """Buckets add up, the last one is everything."""
    text = written([histogram("s", "Seconds.", (0.1, 1.0), (1, 2, 3), 9.5)])
    assert text.splitlines()[2:] == [
        's_bucket{le="0.1"} 1',
        's_bucket{le="1"} 3',
        's_bucket{le="+Inf"} 6',
        "s_sum 9.5",
        "s_count 6",
    ]
