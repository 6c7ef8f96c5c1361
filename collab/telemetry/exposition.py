"""The numbers as Prometheus reads them: families made and written by its own client library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

__all__ = ["CONTENT_TYPE", "Family", "histogram", "labelled", "single", "written"]

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
Family = Metric
"""One metric with all its samples."""

Kind = Literal["counter", "gauge"]
_FAMILIES: Final = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}


def single(name: str, kind: Kind, about: str, value: float) -> Family:
    """Return a family of one sample without labels."""
    family: Family = _FAMILIES[kind](name, about, value=value)
    return family


def labelled(name: str, kind: Kind, about: str, label: str, values: Mapping[str, float]) -> Family:
    """Return a family with one sample for each value of `label`."""
    made = _FAMILIES[kind](name, about, labels=[label])
    for key in sorted(values):
        made.add_metric([key], values[key])
    family: Family = made
    return family


def histogram(
    name: str, about: str, bounds: Sequence[float], buckets: Sequence[int], total: float
) -> Family:
    """Return a histogram; `buckets` holds the number within each bound, and beyond the last."""
    seen, samples = 0, []
    for bound, count in zip((*map(str, bounds), "+Inf"), buckets, strict=True):
        seen += count
        samples.append((bound, seen))
    return HistogramMetricFamily(name, about, buckets=samples, sum_value=total)


def written(families: Iterable[Family]) -> bytes:
    """Return the text a scraper reads, with what the library says of the process itself."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Ready(families))
    return generate_latest(registry)


class _Ready(Collector):
    """Families that are there already."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterator[Family]:
        yield from self._families
