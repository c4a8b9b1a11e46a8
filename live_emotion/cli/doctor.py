"""`live-emotion doctor`: what was found on this machine, and what to do about what is missing."""

from __future__ import annotations

import dataclasses
import itertools
import json

import click

from live_emotion.cli.findings import COLOURS, Finding


@click.command("doctor", short_help="Look at this machine, and say what is missing.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Look at this machine: one line a finding, and what to do about what is missing.

    "missing" is something the program does without; "broken" keeps it from its main job and
    makes the exit code 1.
    """
    from live_emotion.cli.check_devices import check_devices
    from live_emotion.cli.check_models import check_models
    from live_emotion.cli.check_system import check_system

    findings = []
    for finding in itertools.chain(check_system(), check_devices(), check_models()):
        findings.append(finding)
        if not as_json:
            click.echo(_line(finding))
    sound = all(finding.state != "broken" for finding in findings)
    if as_json:
        whole = {"ok": sound, "findings": [dataclasses.asdict(finding) for finding in findings]}
        click.echo(json.dumps(whole, indent=2))
    if not sound:
        ctx.exit(1)


def _line(finding: Finding) -> str:
    state = click.style(f"{finding.state:<8}", fg=COLOURS[finding.state])
    advice = f"; {finding.advice}" if finding.advice else ""
    return " ".join(f"{state} {finding.name}: {finding.found}{advice}".splitlines())
