"""The composition root: every route of the gateway, and what starts and stops with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.engine.requests import Engine
from gateway.settings import Settings
from gateway.web.callers import callers
from gateway.web.endpoint import GraphQLEndpoint
from gateway.web.page import Example, load_assets, load_page
from resolvers.city import City


def create_app(engine: Engine, city: City, settings: Settings, examples: Sequence[Example] = ()) -> Starlette:
    """The gateway of one city as an ASGI application; it starts and closes `engine`."""
    endpoint = GraphQLEndpoint(
        engine=engine,
        callers=callers(city.local_caller),
        page=load_page(f"{city.name} – Citygraph", "graphql", examples) if settings.graphiql else None,
        max_body=settings.max_body,
        deadline=settings.request_deadline,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await engine.start()
        app.state.ready = True
        try:
            yield
        finally:
            app.state.ready = False
            await engine.aclose()

    routes: list[BaseRoute] = [
        Route("/graphql", endpoint),
        Route("/healthz", healthy),
        Route("/readyz", ready),
        Route("/", to_graphql),
    ]
    if settings.graphiql:
        routes.append(Route("/graphiql/{name}", load_assets()))
    return Starlette(routes=routes, lifespan=lifespan)


async def healthy(request: Request) -> Response:
    """The process runs."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Requests can be sent here; an agency that is down costs its sections, not readiness."""
    is_ready = getattr(request.app.state, "ready", False)
    return JSONResponse({"status": "ready" if is_ready else "starting"}, 200 if is_ready else 503)


async def to_graphql(request: Request) -> Response:
    """From the bare address to the endpoint, which shows browsers GraphiQL."""
    return RedirectResponse("graphql", 307)
