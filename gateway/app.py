"""The composition root: every route of the gateway, and what starts and stops with it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from gateway.engine.requests import Engine
from gateway.office import Office
from gateway.reloading import ReloadingEngine
from gateway.settings import Settings
from gateway.settling import release, settle
from gateway.web.callers import callers
from gateway.web.endpoint import GraphQLEndpoint
from gateway.web.page import Example, load_assets, load_page
from gateway.web.safety import SafeAnswers
from resolvers.city import City

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def create_app(
    engine: Engine, city: City, settings: Settings, examples: Sequence[Example] = (), office: Office | None = None
) -> Starlette:
    """The gateway of one city as an ASGI application; it starts and closes `engine` and `office`.

    With a `ReloadingEngine` its GraphiQL and its callers follow the city's files. Without an office
    nobody has a key, and nothing is limited or recorded.
    """
    front = Front(engine, settings, office)
    front.show(city, examples)
    if isinstance(engine, ReloadingEngine):
        engine.follow(lambda edition: front.show(edition.city, edition.examples))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as opened:
            opened.callback(release)
            if office is not None:
                opened.push_async_callback(office.aclose)
                await office.start()
            opened.push_async_callback(engine.aclose)
            await engine.start()
            settle()
            app.state.ready = True
            yield
            app.state.ready = False

    routes: list[BaseRoute] = [
        Route("/graphql", front),
        Route("/healthz", healthy),
        Route("/readyz", ready),
        Route("/", to_graphql),
    ]
    if settings.graphiql:
        routes.append(Route("/graphiql/{name}", load_assets()))
    app = Gateway(front, routes=routes, middleware=[Middleware(SafeAnswers)], lifespan=lifespan)
    app.state.engine = engine
    return app


class Gateway(Starlette):
    """Routes, of which `/graphql` is answered without the layers around the others: it makes an answer
    of everything by itself, and they take a fifth of what the shortest request does."""

    def __init__(
        self, front: "Front", routes: Sequence[BaseRoute], middleware: Sequence[Middleware], lifespan: Lifespan
    ) -> None:
        super().__init__(routes=routes, middleware=middleware, lifespan=lifespan)
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request. Below another path (`root_path`) all go through the layers."""
        if scope["type"] == "http" and scope["path"] == "/graphql":
            await self._front(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Front:
    """`/graphql`: the engine behind the page and the callers of the city as it is now."""

    def __init__(self, engine: Engine, settings: Settings, office: Office | None = None) -> None:
        self._engine = engine
        self._settings = settings
        self._office = office

    def show(self, city: City, examples: Sequence[Example]) -> None:
        """Answer for this city from the next request on."""
        if self._office is not None:
            self._office.bind(city)
        page = load_page(f"{city.name} – Citygraph", "graphql", examples) if self._settings.graphiql else None
        self._endpoint = GraphQLEndpoint(
            engine=self._engine,
            callers=callers(city.local_caller, self._office),
            page=page,
            max_body=self._settings.max_body,
            deadline=self._settings.request_deadline,
            max_age=self._settings.documents_max_age,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        await self._endpoint(scope, receive, send)


async def healthy(request: Request) -> Response:
    """The process runs."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Requests can be sent here; an agency that is down costs its sections, not readiness. A city is
    outdated while its files have problems that they had not when it was opened."""
    state = request.app.state
    if not getattr(state, "ready", False):
        return JSONResponse({"status": "starting"}, 503)
    outdated = isinstance(state.engine, ReloadingEngine) and state.engine.outdated
    return JSONResponse({"status": "ready"} | ({"city": "outdated"} if outdated else {}))


async def to_graphql(request: Request) -> Response:
    """From the bare address to the endpoint, which shows browsers GraphiQL."""
    return RedirectResponse("graphql", 307)
