"""A small rule pack of an operator's, in several versions."""

PACK = """\
pack: {name}
version: {version}
date: 2026-11-22
licence: CC0-1.0
languages: [en, zh]
about: {{en: Teapots are not drawn here., zh: 这里不画茶壶。}}
lists:
  pot: {{en: [{en}], zh: [{zh}]}}
rules:
  - id: no-teapots
    category: house
    when: [{{all: [pot]}}]
    action: {action}
    severity: low
    reason: {{en: This studio draws no teapots., zh: 本站不画茶壶。}}
    clause: House rules 1
    rewrite: {{en: a cup of tea, zh: 一杯茶}}
    cases:
      stop: {{en: [a {en}], zh: [一把{zh}]}}
      allow: {{en: [{allow}], zh: [一杯茶]}}
"""


def pack(
    version: str = "1.0.0",
    *,
    name: str = "house-rules",
    en: str = "teapot",
    zh: str = "茶壶",
    action: str = "block",
    allow: str = "a cup of tea",
) -> bytes:
    return PACK.format(name=name, version=version, en=en, zh=zh, action=action, allow=allow).encode()
