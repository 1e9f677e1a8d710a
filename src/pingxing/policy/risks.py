"""The 31 risks of GB/T 45654-2025 annex A, as labels beside our own categories.

Wording is ours and short; the standard's text decides. Operators report by these labels; nothing is matched by
them, and we ship rules only for those that protect people (see packs/).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

RiskLabel = Literal[
    "A.1-a", "A.1-b", "A.1-c", "A.1-d", "A.1-e", "A.1-f", "A.1-g", "A.1-h",
    "A.2-a", "A.2-b", "A.2-c", "A.2-d", "A.2-e", "A.2-f", "A.2-g", "A.2-h", "A.2-i",
    "A.3-a", "A.3-b", "A.3-c", "A.3-d", "A.3-e",
    "A.4-a", "A.4-b", "A.4-c", "A.4-d", "A.4-e", "A.4-f", "A.4-g",
    "A.5-a", "A.5-b",
]  # fmt: skip

# Label -> English, Chinese.
RISKS: Mapping[RiskLabel, tuple[str, str]] = MappingProxyType(
    {
        "A.1-a": ("incitement against the state", "煽动颠覆国家政权"),
        "A.1-b": ("harm to national security", "危害国家安全"),
        "A.1-c": ("incitement to split the country", "煽动分裂国家"),
        "A.1-d": ("terrorism and extremism", "恐怖主义、极端主义"),
        "A.1-e": ("ethnic hatred", "民族仇恨"),
        "A.1-f": ("violence, obscenity and pornography", "暴力、淫秽色情"),
        "A.1-g": ("false and harmful information", "虚假有害信息"),
        "A.1-h": ("other content that law forbids", "法律、行政法规禁止的其他内容"),
        "A.2-a": ("discrimination by ethnicity", "民族歧视"),
        "A.2-b": ("discrimination by belief", "信仰歧视"),
        "A.2-c": ("discrimination by country", "国别歧视"),
        "A.2-d": ("discrimination by region", "地域歧视"),
        "A.2-e": ("discrimination by sex", "性别歧视"),
        "A.2-f": ("discrimination by age", "年龄歧视"),
        "A.2-g": ("discrimination by occupation", "职业歧视"),
        "A.2-h": ("discrimination by health", "健康歧视"),
        "A.2-i": ("other discrimination", "其他歧视"),
        "A.3-a": ("infringing intellectual property", "侵犯知识产权"),
        "A.3-b": ("breach of business ethics", "违反商业道德"),
        "A.3-c": ("leaking trade secrets", "泄露商业秘密"),
        "A.3-d": ("monopoly and unfair competition", "垄断和不正当竞争"),
        "A.3-e": ("other unlawful business conduct", "其他商业违法违规行为"),
        "A.4-a": ("harm to another's body or mind", "危害他人身心健康"),
        "A.4-b": ("another's likeness", "侵害他人肖像权"),
        "A.4-c": ("another's reputation", "侵害他人名誉权"),
        "A.4-d": ("another's honour", "侵害他人荣誉权"),
        "A.4-e": ("another's privacy", "侵害他人隐私权"),
        "A.4-f": ("another's personal information", "侵害他人个人信息权益"),
        "A.4-g": ("other rights of others", "侵害他人其他合法权益"),
        "A.5-a": ("inaccurate content", "内容不准确"),
        "A.5-b": ("unreliable content", "内容不可靠"),
    }
)
