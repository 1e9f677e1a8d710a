"""The OpenAPI document, made true: errors as they really leave, instead of the framework's own."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

_FINDINGS = {
    "job": {
        "type": ["string", "null"],
        "description": "The refusal is on record under this job; it can be contested. null for an upload.",
    },
    "findings": {"type": "array", "items": {"type": "object"}},
    "rewrite": {"type": ["string", "null"], "description": "A wording that would pass, where one is known."},
    "retry_after": {"type": "integer"},
    "place": {"type": ["integer", "null"], "description": "How many wait before it."},
}
_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457. Title and detail are in the reader's language (Accept-Language).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next."},
        "code": {"type": "string"},
        "reason": {"type": "string"},
        **_FINDINGS,
    },
}
_OPENAI_ERROR = {
    "title": "OpenAIError",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "string"},
                **_FINDINGS,
            },
        }
    },
}
_TOOL_ERROR = {
    "title": "ToolError",
    "description": "As A1111 answers.",
    "type": "object",
    "required": ["error", "detail", "body", "errors"],
    "properties": {
        "error": {"type": "string"},
        "detail": {"type": "string"},
        "body": {"type": "string"},
        "errors": {"type": "string"},
        "member": {"type": ["string", "null"]},
        **_FINDINGS,
    },
}
_MEANINGS = {
    400: "A member is missing, unknown or beyond its limits; or a rule refused the wish",
    401: "No key, or not a good one",
    403: "This key may not do that",
    404: "Not found, or somebody else's",
    409: "No longer in the state that was assumed",
    413: "Too large",
    415: "Not a file that can be read",
    429: "Too much at once; Retry-After says when to come back",
    500: "Something that must agree does not; nothing was handed out",
    503: "Disk, database or engine is missing or failing",
}
_FRAMEWORK = ("HTTPValidationError", "ValidationError")


def describe(server: FastAPI) -> None:
    """From now on `server.openapi()` tells every error of every operation, and no 422, which is never sent."""
    plain = server.openapi

    def openapi() -> dict[str, Any]:
        if server.openapi_schema is None:
            server.openapi_schema = _with_errors(plain())
        return server.openapi_schema

    server.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to change its document


def _with_errors(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORK:
        schemas.pop(name, None)
    schemas |= {"Problem": _PROBLEM, "OpenAIError": _OPENAI_ERROR, "ToolError": _TOOL_ERROR}
    for path, item in document["paths"].items():
        for operation in item.values():
            operation["responses"].pop("422", None)
            for status, meaning in _MEANINGS.items():
                operation["responses"].setdefault(str(status), _response(path, meaning))
    return document


def _response(path: str, meaning: str) -> dict[str, Any]:
    kind, name = "application/problem+json", "Problem"
    if path.startswith(("/v1/", "/sdapi/")):
        kind, name = "application/json", "OpenAIError" if path.startswith("/v1/") else "ToolError"
    return {"description": meaning, "content": {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
