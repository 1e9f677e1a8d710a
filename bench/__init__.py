"""Benchmarks: each says what it measured, beside what was wanted and what a bare peer takes."""
