"""Commands that run the product: the HTTP interface, workers, the demo; and which version this is."""

from typing import Annotated

import typer

from api.cli.context import AsJson, out, say


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(version)
    app.command()(serve)
    app.command()(worker)
    app.command()(demo)


def version(*, as_json: AsJson = False) -> None:
    """Say which version this is."""
    from importlib.metadata import version as installed

    say({"version": installed("usufruct")}, f"usufruct {installed('usufruct')}", as_json=as_json)


def serve(
    *,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes serve: one for each core. One that dies is replaced.")
    ] = 1,
) -> None:
    """Serve the HTTP interface, its documentation at /docs, and issue what is to be issued automatically."""
    from api.server.starting import Listening, settings_to_start

    settings = settings_to_start([Listening("--port", host, port)])
    if workers > 1:
        from api.server.metrics_folder import metrics_folder

        with metrics_folder():  # before what counts is imported
            from api.server.workers import serve as serve_with

            serve_with(settings, host, port, workers)
        return
    from api.server.serving import serve as serve_alone

    serve_alone(settings, host, port)


def worker(
    *,
    every: Annotated[int, typer.Option(min=1, help="Seconds between two looks.")] = 60,
    metrics: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="PORT", help="Answer /metrics on a port of its own.")
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="Where to listen for that.")] = "127.0.0.1",
) -> None:
    """Issue what is to be issued automatically, without serving; as many workers as you like."""
    from api.server.starting import Listening, settings_to_start

    asked = None if metrics is None else Listening("--metrics", metrics_host, metrics)
    settings = settings_to_start([] if asked is None else [asked])
    from api.server.working import work

    work(settings, every, asked)


def demo() -> None:
    """Set up a database of its own and bill an example fleet in it."""
    from api.demo.story import tell
    from api.server.settings import from_environment

    # Whoever tries the demo is left with no server that runs on; the next command starts it again.
    tell(from_environment().model_copy(update={"keep_server_s": 0}), out.console)
