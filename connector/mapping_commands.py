"""`connector mappings`: what can be told of mappings without a company."""

from __future__ import annotations

import click

_GOAL = 0.9


@click.group("mappings")
def mappings() -> None:
    """How good proposals are."""


@mappings.command("measure")
def measure() -> None:
    """Propose mappings for the bundled samples with their keys renamed, and count the fields that are right.

    Ends with 1 when a renaming of a source comes out below 90 %.
    """
    from adapters.registry import SOURCES
    from webhooks.mapped.proposing import measured

    below = False
    for source in SOURCES:
        for one in measured(source):
            below = below or one.share < _GOAL
            there, right = sum(one.there.values()), sum(one.right.values())
            click.echo(f"{source:<16}{one.renaming:<16}{one.share:>7.1%}  {right} of {there} fields right")
            for target, count in one.there.items():
                if one.right.get(target, 0) < count:
                    click.echo(f"{'':<32}{target}: {one.right.get(target, 0)} of {count}")
    if below:
        raise click.ClickException("A renaming came out below 90 %.")
