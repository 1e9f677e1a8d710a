"""Turns for a thread are few in a burst: only what really waits may ask for one."""

import inspect

from fastapi.routing import APIRoute

from pingxing.api import native, openai, ops

ROUTES = [r for router in (native.router, openai.router, ops.router) for r in router.routes if isinstance(r, APIRoute)]


def test_only_the_actor_costs_a_thread_before_a_route_begins():
    needs = {need.call for route in ROUTES for need in route.dependant.dependencies}
    assert len(needs) >= 3
    waiting = {need.__name__ for need in needs if not inspect.iscoroutinefunction(need)}
    assert waiting == {"actor_of"}


def test_being_alive_and_admitting_answer_from_the_loop():
    """A synchronous route's answer waits for a second thread, behind everybody who came later."""
    prompt = {route.name: route.endpoint for route in ROUTES if route.name in ("healthz", "create_job")}
    assert len(prompt) == 2
    assert all(inspect.iscoroutinefunction(endpoint) for endpoint in prompt.values())
