"""``installcast doctor``: is this machine fit, and if not, what is to be done?"""

from __future__ import annotations

import click
from rich.text import Text

from installcast.cli import exits
from installcast.cli.checkup import examine
from installcast.cli.finding import Finding
from installcast.cli.invocation import Command, Invocation, json_option, zh
from installcast.cli.safe import plain
from installcast.cli.tables import print_json
from installcast.errors import ConfigurationError, InstallcastError

MARKS = {"good": ("✔", "green"), "note": ("!", "yellow"), "bad": ("✖", "red")}


@zh("检查运行环境，并指出如何修复")
@click.command(cls=Command)
@json_option
@click.pass_obj
def doctor(invocation: Invocation, as_json: bool) -> int:
    """Look at this machine and say what to mend; 125 when something keeps the service from working."""
    say = invocation.say
    try:
        settings = invocation.settings
    except ConfigurationError as error:
        findings = [Finding("settings", "bad", error.message(say.locale))]
    else:
        findings = [
            Finding("settings", "good", str(invocation.config or say("doctor.settings"))),
            *examine(
                settings,
                say,
                service_answers=_answers(invocation),
                start=invocation.command("serve"),
            ),
        ]
    for finding in findings:
        if as_json:
            print_json({"check": finding.name, "state": finding.state, "message": finding.message})
        else:
            _print(invocation, finding)
    return exits.FAILED if any(finding.state == "bad" for finding in findings) else exits.OK


def _answers(invocation: Invocation) -> bool:
    try:
        with invocation.client() as client:
            client.get("/healthz")
    except InstallcastError:
        return False
    return True


def _print(invocation: Invocation, finding: Finding) -> None:
    mark, colour = MARKS[finding.state]
    if not invocation.out.encoding.lower().startswith("utf"):
        mark = {"good": "+", "note": "!", "bad": "x"}[finding.state]
    line = Text.assemble(
        (mark, f"bold {colour}"), " ", (finding.name.ljust(10), "bold"), " ", plain(finding.message)
    )
    invocation.out.print(line, soft_wrap=True)
