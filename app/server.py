"""The web server: one application with our routes first and Chainlit mounted last, behind the gate."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import logging
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import typer
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import attach, files, proving, sign_in
from app.gate import ASKS_FOR_PROOF, Gate, is_loopback
from app.headers import chat_policy
from app.live import LiveSockets
from app.pages import error_page
from app.routes import KIB
from assistant import served
from hub.charts import plotly_js
from hub.errors import HubError, Invalid, NotProved, Unavailable
from hub.home import Hub
from hub.inspecting import FORMATS
from hub.sessions import demo_accounts

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent
_WORDS = {
    "chat.input.placeholder": "Ask a question, or type / for commands",
    "chat.commands.button": "Commands",
    "chat.commands.changeTool": "Change command",
    "chat.commands.availableTools": "Commands",
    "chat.messages.status.using": "Running",
    "chat.messages.status.used": "Ran",
    "threadHistory.sidebar.empty": "No conversations yet",
    "navigation.header.readme": "About",
}
"""What the chat page says in words of ours instead of Chainlit's."""
_MOST_ATTACHED = 10  # files of one message
_STALE = 3600  # seconds after which a file that a chat wrote for its browser is left over from a crash


def create_app(hub: Hub, *, only_loopback: bool = True) -> FastAPI:
    """The application that serves this hub; one hub a process, since Chainlit keeps one state a process."""
    _prepare_chainlit(hub)
    served.set_hub(hub)
    live = LiveSockets(hub)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watch = asyncio.create_task(live.watch())
        yield
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        live.shut()
        await history.close()
        for session in tuple(ws_sessions_id.values()):  # what chats wrote for their browsers goes with them
            await session.delete()

    app = FastAPI(title="OpenModelHub", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_exception_handler(HubError, _show_error)
    sign_in.add_routes(app, hub, live)
    proving.add_routes(app, hub)
    files.add_routes(app, hub)
    attach.add_routes(app, hub)
    app.add_api_route("/healthz", _alive, methods=["GET"])
    app.add_api_route("/readyz", lambda: _ready(hub), methods=["GET"])
    app.add_api_route("/set-session-cookie", _no_cookie, methods=["POST"])

    # Only now: Chainlit reads the environment when it is imported.
    from chainlit.config import SpontaneousFileUploadFeature, config
    from chainlit.server import app as chat_app
    from chainlit.server import get_html_template
    from chainlit.session import ws_sessions_id

    from assistant import chat, chat_history

    history = chat_history.ChatHistory()
    config.code.data_layer = lambda: history
    config.features.spontaneous_file_upload = SpontaneousFileUploadFeature(
        enabled=True,
        accept={"application/x-openmodelhub": list(FORMATS)},
        max_files=_MOST_ATTACHED,
        max_size_mb=-(-hub.settings.upload_bytes // 1_000_000),
    )
    config.run.headless = True
    config.run.module_name = chat.__file__
    app.add_api_route("/assets/plotly-{version}.min.js", _plotly, methods=["GET"])
    app.add_api_route("/chat-elements/{element_id}", chat_history.serve_element, methods=["GET"])
    chat_app.add_exception_handler(HubError, _show_error)
    policy = chat_policy(get_html_template("/"))
    app.add_middleware(Gate, live=live, chat_policy=policy, only_loopback=only_loopback)
    app.mount("/", chat_app)
    return app


@functools.cache
def _packed_plotly() -> bytes:
    return gzip.compress(plotly_js().encode(), 6)


def _plotly(request: Request, version: str) -> Response:
    """What draws the charts. A chart kept from an earlier version's days asks for that one and gets what there is."""
    packed = "gzip" in request.headers.get("accept-encoding", "")
    content = _packed_plotly() if packed else plotly_js().encode()
    encoding = {"Content-Encoding": "gzip"} if packed else {}
    return Response(content, media_type="text/javascript", headers={"Vary": "Accept-Encoding", **encoding})


def serve(
    hub: Hub,
    host: str = "127.0.0.1",
    port: int = 8000,
    certfile: str | Path | None = None,
    keyfile: str | Path | None = None,
) -> None:
    """Serve until stopped; ``Invalid`` when that would put the hub at risk."""
    check_exposure(hub, host, encrypted=bool(certfile and keyfile))
    check_port(host, port)
    proxy = hub.settings.trusted_proxy
    app = create_app(hub, only_loopback=is_loopback(host) and not proxy)
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"OpenModelHub is at http{'s' if certfile else ''}://{shown}:{port} (Ctrl+C stops it)")
    uvicorn.run(
        app,
        host=host,
        port=port,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        server_header=False,
        access_log=False,
        log_level=hub.settings.log_level.lower() if hub.settings.log_level != "INFO" else "warning",
        ws_max_size=1024 * KIB,
        timeout_graceful_shutdown=3,
    )


def check_exposure(hub: Hub, host: str, *, encrypted: bool) -> None:
    """``Invalid`` when serving on this host would show a demo password, or passwords in the clear, to a network."""
    demo = demo_accounts(hub)
    if demo and (not is_loopback(host) or hub.settings.hub_env == "production"):
        raise Invalid(
            f"{len(demo)} people still have the demo password, {demo[0]} among them; such a hub is served on "
            "localhost and in development only",
            "change or deactivate them (`openmodelhub user reset-password NAME`), or make a new hub without --demo",
        )
    if not is_loopback(host) and not encrypted and not hub.settings.trusted_proxy:
        raise Invalid(
            f"passwords would cross the network in the clear on {host}",
            "give --certfile and --keyfile, or set TRUSTED_PROXY to the address of the proxy that ends TLS",
        )


def check_port(host: str, port: int) -> None:
    """``Unavailable`` when nothing can listen there, most often as another program does."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        said = f"cannot listen on {host}, port {port}: {error.strerror}"
        raise Unavailable(said, "stop what listens there already, or choose another --port") from None


# --- small answers ----------------------------------------------------------------------------------


async def _alive() -> dict[str, str]:
    return {"status": "alive"}


def _ready(hub: Hub) -> JSONResponse:
    try:
        demo_accounts(hub)
    except Exception:
        log.exception("the database does not answer")
        return JSONResponse({"status": "the database does not answer"}, 503)
    return JSONResponse({"status": "ready"})


async def _no_cookie() -> dict[str, str]:
    """Chainlit's page asks for a cookie that ties a browser to a replica; one process needs none."""
    return {"message": "not needed"}


async def _show_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)
    status = sign_in.STATUS.get(type(error), 400)
    if "text/html" in request.headers.get("accept", ""):
        return error_page(status, error.message, error.hint)
    headers = ASKS_FOR_PROOF if isinstance(error, NotProved) else None
    return JSONResponse({"detail": error.message, "error": error.as_json()}, status, headers)


# --- Chainlit's surroundings ------------------------------------------------------------------------


def _prepare_chainlit(hub: Hub) -> None:
    """Lay out, under HUB_HOME, what Chainlit reads and writes, and set the environment it is imported with."""
    home = hub.settings.hub_home / "chat"
    (home / ".chainlit").mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(ROOT / ".chainlit" / "config.toml", home / ".chainlit" / "config.toml")
    shutil.copyfile(ROOT / "chainlit.md", home / "chainlit_en-US.md")
    shutil.copytree(ROOT / "public", home / "public", dirs_exist_ok=True)
    _lay_out_frontend(home / "web")
    _write_words(home / ".chainlit" / "translations" / "en-US.json")
    for left in (home / ".files").glob("*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)
    os.environ.update(
        CHAINLIT_APP_ROOT=str(home),
        CHAINLIT_AUTH_SECRET=hub.key_for("cookie-signing").hex(),
        CHAINLIT_CUSTOM_AUTH="1",
        CHAINLIT_ENV_FILE=os.devnull,  # our settings read .env; nothing in it is Chainlit's business
        CHAINLIT_ROOT_PATH="/",
        CHAINLIT_COOKIE_SAMESITE="lax",
    )
    for name in ("DATABASE_URL", "LITERAL_API_KEY", "DISCORD_BOT_TOKEN", "SLACK_BOT_TOKEN", "TEAMS_APP_ID"):
        os.environ.pop(name, None)  # each would open another way in or out
    # A service that Chainlit can report to brings a telemetry SDK along, which is never called here, and took a third
    # of the time to start and half of the memory.
    sys.modules.setdefault("traceloop.sdk", _no_telemetry())


def _no_telemetry() -> ModuleType:
    module = ModuleType("traceloop.sdk")
    module.Traceloop = None  # type: ignore[attr-defined]
    return module


def _lay_out_frontend(web: Path) -> None:
    """Chainlit's page without the fonts and styles that it would fetch from other sites."""
    built = _chainlit_folder() / "frontend" / "dist"
    web.mkdir(exist_ok=True)
    page = re.sub(r"<link\b[^>]*https://[^>]*>", "", (built / "index.html").read_text("utf-8"))
    (web / "index.html").write_text(page, "utf-8")
    for name in ("assets", "favicon.svg", "logo_dark.svg", "logo_light.svg"):
        link = web / name
        if not link.is_symlink() or link.readlink() != built / name:
            link.unlink(missing_ok=True)
            with suppress(FileExistsError):  # another process starts at the same moment
                link.symlink_to(built / name)


def _write_words(path: Path) -> None:
    """Chainlit's English for the chat page, with our words in it."""
    words = json.loads((_chainlit_folder() / "translations" / "en-US.json").read_text("utf-8"))
    for place, text in _WORDS.items():
        *outer, last = place.split(".")
        functools.reduce(lambda part, name: part[name], outer, words)[last] = text
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(words, ensure_ascii=False), "utf-8")


def _chainlit_folder() -> Path:
    spec = find_spec("chainlit")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
