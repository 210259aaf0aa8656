"""`connector samples`: invented payloads, as an HRIS or a recipe would send them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from adapters.registry import Samples


@click.group("samples")
def samples() -> None:
    """Invented payloads for trials."""


@samples.command("generate")
@click.argument("source")
@click.option("--shape", help="The form they have; see `connector samples shapes`. Default: the first.")
@click.option(
    "--count", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="Job profiles."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--output", type=click.File("wb"), help="A file instead of the standard output.")
def generate(source: str, shape: str | None, count: int, seed: int, output: BinaryIO | None) -> None:
    """Write one payload of invented job profiles of SOURCE (workday, successfactors)."""
    known = _known(source)
    target = output or sys.stdout.buffer
    for piece in known.chunks(shape or known.shapes[0], count, seed):
        target.write(piece)
    target.flush()


@samples.command("shapes")
@click.argument("source")
def shapes(source: str) -> None:
    """List the forms that payloads of SOURCE can have."""
    click.echo("\n".join(_known(source).shapes))


def _known(source: str) -> Samples:
    from adapters.registry import UnknownSource, adapter_for

    try:
        return adapter_for(source).samples
    except UnknownSource as exc:
        raise click.ClickException(str(exc)) from exc
