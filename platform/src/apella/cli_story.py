"""The command `apella story`."""

from __future__ import annotations

import json
import sys

import click

MISUSED = 2


@click.command()
@click.option("--tenant", required=True, metavar="РЕГИОН", help="Регион, в котором разыгрывается история.")
@click.option("--json", "as_json", is_flag=True, help="Напечатать историю в виде JSON.")
@click.option("--url", metavar="АДРЕС", help="Адрес работающей учебной установки; без него запускается своя.")
@click.option("--seed", default=7, show_default=True, help="Число, от которого зависят люди и работы.")
def story(tenant: str, as_json: bool, url: str | None, seed: int) -> None:
    """Разыграть сезон от подачи апелляций до уведомлений: всё делают сами участники, через API."""
    from apella.story.plot import play
    from apella.story.stage import NotEmbedded
    from apella.story.theatre import own_instance

    try:
        if url is None:
            with own_instance() as address:
                told = play(address, tenant, seed=seed)
        else:
            told = play(url, tenant, seed=seed)
    except NotEmbedded as error:
        click.echo(error.message, err=True)
        sys.exit(MISUSED)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for case in told["cases"]:
        click.echo(f"\nДело {case['number']} ({case['kind']}): {case['outcome']}, {case['attendance'] or '–'}")
        for step in case["steps"]:
            due = f", срок до {step['due'][:16]}" if step["due"] else ""
            papers = f" [{', '.join(step['documents'])}]" if step["documents"] else ""
            click.echo(f"  {step['at'][:16]}  {step['action']:<20} {step['role']:<24} → {step['state']}{due}{papers}")


COMMANDS = (story,)
"""What `apella` gets from here."""
