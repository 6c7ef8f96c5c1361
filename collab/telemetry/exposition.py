"""Prometheus' text format, version 0.0.4: families of samples, each with its help and type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["CONTENT_TYPE", "Family", "histogram", "labelled", "single", "written"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge", "histogram"]
Sample = tuple[str, Mapping[str, str], float]
"""What follows the family's name, the labels, the value."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with all its samples."""

    name: str
    kind: Kind
    help: str
    samples: Sequence[Sample]


def single(name: str, kind: Kind, about: str, value: float) -> Family:
    """Return a family of one sample without labels."""
    return Family(name, kind, about, [("", {}, value)])


def labelled(name: str, kind: Kind, about: str, label: str, values: Mapping[str, float]) -> Family:
    """Return a family with one sample for each value of `label`."""
    return Family(name, kind, about, [("", {label: key}, values[key]) for key in sorted(values)])


def histogram(
    name: str, about: str, bounds: Sequence[float], buckets: Sequence[int], total: float
) -> Family:
    """Return a histogram; `buckets` holds the number within each bound, and beyond the last."""
    samples: list[Sample] = []
    seen = 0
    for bound, count in zip((*bounds, float("inf")), buckets, strict=True):
        seen += count
        samples.append(("_bucket", {"le": _number(bound)}, seen))
    samples += [("_sum", {}, total), ("_count", {}, seen)]
    return Family(name, "histogram", about, samples)


def written(families: Iterable[Family]) -> str:
    """Return the text a scraper reads."""
    lines: list[str] = []
    for family in families:
        lines += (f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}")
        for suffix, labels, value in family.samples:
            inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            braces = f"{{{inside}}}" if inside else ""
            lines.append(f"{family.name}{suffix}{braces} {_number(value)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
