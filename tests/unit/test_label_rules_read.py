"""What is said of a file, for every answer that its layers can give."""

from __future__ import annotations
