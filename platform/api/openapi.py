"""How the OpenAPI document tells what holds for every call: problems, keys of creations, who is asking."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from api.idempotency import HEADER
from api.problems import CONTENT_TYPE

PROBLEM = {
    "type": "object",
    "description": "Why the call was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for the person who asked."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "additionalProperties": False,
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "Where, with dots: `records.3.prompt`; empty: the whole.",
                    },
                    "message": {"type": "string"},
                },
            },
        },
        "request_id": {"type": "string", "description": "With a fault of ours: the number to tell the operator."},
    },
}
RETRY_AFTER = {"description": "Seconds to wait, with 429 and 503.", "schema": {"type": "integer", "minimum": 1}}
KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same body under the same key within a day makes nothing new and answers the same.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


class Schema(AutoSchema):
    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        content = {CONTENT_TYPE: {"schema": component(registry, "schemas", "Problem", PROBLEM)}}
        refused = {"description": "Refused.", "headers": {"Retry-After": RETRY_AFTER}, "content": content}
        problem = component(registry, "responses", "Refused", refused)
        for code, answer in operation["responses"].items():
            if code[0] in "45" and "content" not in answer:
                answer["content"] = content
        operation["responses"] |= {"4XX": problem, "5XX": problem}
        if self.is_idempotent():
            operation.setdefault("parameters", []).append(KEY)
        return operation

    def is_idempotent(self) -> bool:
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        return getattr(handler, "is_idempotent", False)


def component(registry: ComponentRegistry, kind: str, name: str, content: dict[str, Any]) -> dict[str, str]:
    """A reference to what stands once in the document."""
    found = ResolvedComponent(name=name, type=kind, schema=content, object=name)
    registry.register_on_missing(found)
    return found.ref
