import json

import click


@click.command()
def command() -> None:
    """Print the description of the open interface (OpenAPI 3.1) as JSON."""
    from zhengtong.config.cli import django_setup

    django_setup(database=False)
    from zhengtong.access.openapi.urls import api

    click.echo(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), ensure_ascii=False, indent=2, sort_keys=True))
