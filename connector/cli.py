"""The command line. `connector --help` lists everything; settings come from the environment."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from connector.compare_command import compare
from connector.correction_commands import corrections
from connector.mapping_commands import mappings
from connector.samples import samples
from connector.sync_commands import sync
from connector.taxonomy_commands import taxonomy
from control.people import Role
from kit.errors import Action, Fault, Refused
from kit.settings import Settings

T = TypeVar("T")
GraphWork = Callable[[Settings, str | None, Callable[[str], None]], Coroutine[Any, Any, int]]
_OPENAPI = Path("openapi/connector.json")


class _Commands(click.Group):
    """Faults become one clear sentence and exit code 1, not a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Fault as exc:
            raise click.ClickException(_whole(exc.message, exc.action)) from exc
        except Refused as exc:
            raise click.ClickException(_whole(exc.detail, exc.action)) from exc
        except ValueError as exc:
            raise click.ClickException(str(exc)) from exc


def _whole(says: str, action: Action | None) -> str:
    """What is wrong, and on a line of its own what to do about it."""
    return says if action is None else f"{says}\n{action.what}"


@click.group(cls=_Commands)
def main() -> None:
    """Etter Connector."""


@main.command()
def api() -> None:
    """Serve the HTTP API."""
    from connector import serve

    serve.run(_settings())


@main.command()
def worker() -> None:
    """Run roles through their stages, and send callbacks."""
    from connector import running, worker

    running.run(worker.serve, _settings())


@main.command()
def clock() -> None:
    """Sweep, admit and wake; any number may run, one is elected."""
    from connector import clock, running

    running.run(clock.serve, _settings())


@main.command()
def up() -> None:
    """Start everything on this machine and stay; Ctrl-C stops it, the data stays."""
    from connector import up

    up.run()


@main.command()
@click.option("--keep", is_flag=True, help="Keep the data folder and say where it is.")
def demo(keep: bool) -> None:
    """The whole road on sample data, in a folder of its own."""
    from connector.demo import run

    sys.exit(run.run(keep=keep))


@main.command()
def migrate() -> None:
    """Bring the database to this version."""
    from kit import migrate as migrations

    names = asyncio.run(migrations.migrate(_settings().direct_url))
    click.echo("\n".join(f"applied {name}" for name in names) or "nothing to apply")


@main.command()
@click.option("--check", is_flag=True, help="Fail when the committed document is not the current one.")
@click.option("--file", "target", type=click.Path(path_type=Path), default=_OPENAPI, show_default=True)
def openapi(check: bool, target: Path) -> None:
    """Write the OpenAPI document."""
    text = openapi_text()
    if check:
        current = target.read_text(encoding="utf-8") if target.exists() else ""
        if current != text:
            raise click.ClickException(f"{target} is not current: run `connector openapi`.")
        return
    target.write_text(text, encoding="utf-8")
    click.echo(f"wrote {target}")


def openapi_text() -> str:
    """The document as it is committed."""
    from connector.api.contract import document
    from connector.app import routes

    whole = msgspec.json.encode(document(routes()))
    return msgspec.json.format(whole, indent=1).decode() + "\n"


@main.command("settings")
def show_settings() -> None:
    """Print .env.example: every setting with its default."""
    from kit.settings import example

    sys.stdout.write(example())


@main.group()
def company() -> None:
    """Companies."""


@company.command("create")
@click.argument("name")
@click.option("--dashboard-url", help="Address of the company's own dashboard.")
def create_company(name: str, dashboard_url: str | None) -> None:
    """Create a company; prints its id."""
    from connector import operator

    click.echo(_run(lambda desk: operator.create_company(desk, name, dashboard_url)))


@company.command("list")
def list_companies() -> None:
    """List companies with their clients."""
    from connector import operator

    click.echo("\n".join(_run(operator.list_companies)) or "no company yet")


@main.group()
def sandbox() -> None:
    """Companies to try things out in: never judged by a model, free of cost."""


@sandbox.command("create")
@click.argument("name", default="Sandbox")
def create_sandbox(name: str) -> None:
    """Make one, with a client; prints its secret, this once."""
    from connector import operator

    _show_sandbox(_run(lambda desk: operator.create_sandbox(desk, name)))


@sandbox.command("reset")
@click.argument("company_id")
def reset_sandbox(company_id: str) -> None:
    """End one and make a new one in its place."""
    from connector import operator

    _show_sandbox(_run(lambda desk: operator.reset_sandbox(desk, company_id)))


def _show_sandbox(made: tuple[str, str, str]) -> None:
    click.echo("company       {}\nclient_id     {}\nclient_secret {}".format(*made))


@main.group()
def client() -> None:
    """OAuth clients."""


@client.command("create")
@click.argument("company_id")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, help="May be given several times; default: all but those of admins."
)
def create_client(company_id: str, name: str, scopes: tuple[str, ...]) -> None:
    """Create a client; prints its id and, this once, its secret."""
    from connector import operator

    client_id, secret = _run(lambda desk: operator.create_client(desk, company_id, name, scopes))
    click.echo(f"client_id     {client_id}\nclient_secret {secret}")


@client.command("rotate")
@click.argument("company_id")
@click.argument("client_id")
@click.option(
    "--grace-hours", type=float, default=24, show_default=True, help="How long the old secret works on."
)
def rotate_client(company_id: str, client_id: str, grace_hours: float) -> None:
    """Give a client a new secret; prints it this once."""
    from connector import operator

    secret = _run(lambda desk: operator.rotate_client(desk, company_id, client_id, grace_hours))
    click.echo(f"client_secret {secret}")


@client.command("disable")
@click.argument("company_id")
@click.argument("client_id")
def disable_client(company_id: str, client_id: str) -> None:
    """End a client and all its tokens."""
    from connector import operator

    _run(lambda desk: operator.disable_client(desk, company_id, client_id))
    click.echo("disabled")


@main.group()
def user() -> None:
    """People who may sign in to the page."""


@user.command("add")
@click.argument("company_id")
@click.argument("email")
@click.option("--role", type=click.Choice(["admin", "csm", "viewer"]), default="admin", show_default=True)
def add_user(company_id: str, email: str, role: Role) -> None:
    """Make a person a member of a company; prints a new account's password, this once."""
    from connector import operator

    password = _run(lambda desk: operator.add_user(desk, company_id, email, role))
    click.echo("added" if password is None else f"password {password}")


@user.command("reset-password")
@click.argument("email")
def reset_password(email: str) -> None:
    """Give an account a new password; prints it this once, and ends its sessions."""
    from connector import operator

    click.echo(f"password {_run(lambda desk: operator.reset_password(desk, email))}")


@main.group()
def graph() -> None:
    """The graph, held against the database."""


@graph.command("verify")
@click.option("--company", help="Id of one company; default: all of them.")
def verify_graph(company: str | None) -> None:
    """Say where the graph is not what the database says; 1 if it is anywhere."""
    from connector import upkeep

    sys.exit(1 if _keep_up(upkeep.verify_graph, company) else 0)


@graph.command("rebuild")
@click.option("--company", help="Id of one company; default: all of them.")
def rebuild_graph(company: str | None) -> None:
    """Make the graph what the database says, and say what was wrong."""
    from connector import upkeep

    _keep_up(upkeep.rebuild_graph, company)


def _keep_up(work: GraphWork, company: str | None) -> int:
    return asyncio.run(work(_settings(), company, click.echo))


main.add_command(mappings)
main.add_command(samples)
main.add_command(sync)
main.add_command(taxonomy)
main.add_command(corrections)
main.add_command(compare)


@main.command("announce-deprecation")
@click.argument("operation")
@click.argument("gone", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--instead", default="", help="One sentence: what to use in its place.")
def announce_deprecation(operation: str, gone: datetime, instead: str) -> None:
    """Tell every company, by the event api.deprecation, that an operation is gone from a day on."""
    from connector import operator

    told = _run(lambda desk: operator.announce_deprecation(desk, operation, gone.date(), instead))
    click.echo(f"told {told}")


@main.command("rotate-keys")
def rotate_keys() -> None:
    """Sign with the waiting key from now on (tokens that are out stay good)."""
    from connector import operator

    _run(operator.rotate_keys)
    click.echo("rotated")


def _settings() -> Settings:
    from connector.configured import load

    return load()


def _run(work: Callable[..., Awaitable[T]]) -> T:
    from connector.operator import at_desk

    return asyncio.run(at_desk(_settings(), work))
