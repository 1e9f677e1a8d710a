"""The engine's benchmark as a picture: `svg(result)` for docs/pictures/engine.svg, written by `build_docs.py`.

Bars are multiples of "one request at a time" in the same run, the number behind each bar is what was measured. Nothing
here knows which sizes were tried: a result with more cases has more bars.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

_WIDTH, _RIGHT = 880, 104  # of the whole, right of the bars
_BAR, _GAP, _CASE, _HEAD = 17, 4, 16, 58  # heights: a bar, between bars, between cases, a panel's title
_FONT = "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
_INK, _SOFT, _LINE = "#1f2328", "#59636e", "#d1d9e0"


@dataclass(frozen=True)
class Way:
    """A way to serve the same people: its name in the results, and in both languages."""

    key: str
    en: str
    zh: str
    colour: str


_WAYS = (
    Way("one_at_a_time", "diffusers, one at a time", "diffusers 逐个处理", "#8c959f"),
    Way("request_batches", "diffusers, request batches", "diffusers 按请求批处理", "#b08800"),
    Way("stable_diffusion_cpp", "stable-diffusion.cpp", "stable-diffusion.cpp 逐个处理", "#8250df"),
    Way("ours", "Pingxing, shared steps", "平行 共享步骤", "#0969da"),
)


@dataclass(frozen=True)
class Panel:
    title: str
    note: str
    value: Callable[[Mapping[str, Any], int], float]
    unit: str
    of_few: bool = False  # whether it can be told of one that served fewer people

    def tells(self, told: Mapping[str, Any]) -> bool:
        return self.of_few or "people" not in told


_PANELS = (
    Panel(
        "Pictures a minute · 每分钟图片数",
        "longer is better · 越长越好",
        lambda told, people: 60 * told.get("people", people) / told["seconds"],
        "",
        of_few=True,
    ),
    Panel(
        "Wait for the first step, 95th percentile · 等待第一步的时间，第 95 百分位",
        "shorter is better · 越短越好",
        lambda told, _: told["wait_s"]["p95"],
        " s",
    ),
    Panel(
        "Until the picture is there, 95th percentile · 等到成图的时间，第 95 百分位",
        "shorter is better · 越短越好",
        lambda told, _: told["latency_s"]["p95"],
        " s",
    ),
)


def svg(result: Mapping[str, Any]) -> str:
    """Raises KeyError for what is no result of `bench.engine`."""
    cases = {name: {**told, **result["peers"].get(name, {})} for name, told in result["ours"].items()}
    people = int(result["conditions"]["people"])
    body, top = [*_legend({way for told in cases.values() for way in told})], 60
    for panel in _PANELS:
        drawn, top = _panel(panel, cases, people, top)
        body += drawn
    words = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}" '
        f'font-family="{_FONT}" font-size="13" fill="{_INK}" role="img">\n'
        f"<title>{escape(title(result))}</title>\n"
        f'<rect width="{_WIDTH}" height="{top}" rx="8" fill="#ffffff"/>\n{words}\n</svg>\n'
    )


def title(result: Mapping[str, Any]) -> str:
    """What the picture shows, for those who do not see it."""
    ratios = [f"{name} {value:g}x" for name, value in result["ratio"].items() if "over one at a time" in name]
    return "The engine's benchmark: " + "; ".join(ratios)


def _legend(measured: Collection[str]) -> Iterator[str]:
    left, shown = 24, [way for way in _WAYS if way.key in measured]
    for way in shown:
        yield f'<rect x="{left}" y="20" width="12" height="12" rx="2" fill="{way.colour}"/>'
        yield f'<text x="{left + 18}" y="31">{escape(way.en)}</text>'
        yield f'<text x="{left + 18}" y="49" fill="{_SOFT}">{escape(way.zh)}</text>'
        left += 270 if len(shown) < 4 else 210


def _panel(panel: Panel, cases: Mapping[str, Mapping[str, Any]], people: int, top: int) -> tuple[list[str], int]:
    """Its lines, and where the next one begins."""
    found = {
        name: [
            (way, panel.value(told[way.key], people)) for way in _WAYS if way.key in told and panel.tells(told[way.key])
        ]
        for name, told in cases.items()
    }
    base = {name: values[0][1] for name, values in found.items()}
    most = max(value / base[name] for name, values in found.items() for _, value in values)
    side = 48 + 8 * max(map(len, cases))  # of the cases' names
    room = _WIDTH - side - _RIGHT
    out = [
        f'<text x="24" y="{top + 24}" font-weight="600" font-size="15">{escape(panel.title)}</text>',
        f'<text x="24" y="{top + 42}" fill="{_SOFT}" font-size="12">{escape(panel.note)}</text>',
    ]
    y = top + _HEAD
    high = sum(len(values) * (_BAR + _GAP) + _CASE for values in found.values()) - _CASE
    one = side + room / most
    out.append(
        f'<line x1="{one:.1f}" y1="{y - 6}" x2="{one:.1f}" y2="{y + high}" stroke="{_LINE}" stroke-dasharray="3 3"/>'
    )
    for name, values in found.items():
        middle = y + (len(values) * (_BAR + _GAP) - _GAP) / 2
        out.append(f'<text x="{side - 12}" y="{middle + 5:g}" text-anchor="end">{escape(name)}</text>')
        for way, value in values:
            times = value / base[name]
            long = max(2.0, room * times / most)
            shown = f"{_short(value)}{panel.unit}" + ("" if way is _WAYS[0] else f" · {times:.2f}×")
            out.append(
                f'<rect x="{side}" y="{y}" width="{long:.1f}" height="{_BAR}" rx="2" fill="{way.colour}"/>'
                f'<text x="{side + long + 6:.1f}" y="{y + 13}" font-size="12">{shown}</text>'
            )
            y += _BAR + _GAP
        y += _CASE
    return out, y + 4


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
