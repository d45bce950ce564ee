"""`./start_workers.sh`: up, demo, status, stop, restart, logs."""

import os
import sys

import click

from mass_processing.errors import MassProcessingError
from mass_processing.settings import Settings, inherited_environment, settings
from mass_processing.system.bring_up import bring_down, bring_up
from mass_processing.system.demo_settings import demo_environment, demo_settings, ports_file
from mass_processing.system.supervise import Supervisor


def say(line: str) -> None:
    """Progress for people, on stderr."""
    click.echo(f"  {line}", err=True)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Starts, shows and stops the whole system on this machine; without a command: up."""
    if context.invoked_subcommand is None:
        context.invoke(up)


@cli.command()
def up() -> None:
    """Sets up and starts everything that is not running yet."""
    bring_up(settings(), say)
    show_addresses(settings())


@cli.command()
@click.option("--configured", is_flag=True, help="With the database, Redis, bucket and webhooks that are configured.")
def demo(configured: bool) -> None:
    """Shows the whole way on three clips made here, in a system of its own."""
    environment = inherited_environment() | demo_environment(settings(), configured=configured)
    os.execve(sys.executable, [sys.executable, "-m", "mass_processing.demo"], environment)


@cli.command()
def status() -> None:
    """Shows the processes; exit 1 when any of them doesn't run."""
    systems = [(knobs, Supervisor(knobs)) for knobs in known_systems(settings())]
    running = [(knobs, supervisor) for knobs, supervisor in systems if supervisor.running()]
    if not running:
        click.echo("nothing is running; start it with ./start_workers.sh")
        sys.exit(1)
    fine = True
    for knobs, supervisor in running:
        click.echo(f"{knobs.var_dir}:")
        for process in supervisor.processes():
            fine = fine and process["statename"] == "RUNNING"
            click.echo(f"  {process['name']:18} {process['statename']:9} {process['description']}")
        show_addresses(knobs)
    sys.exit(0 if fine else 1)


@cli.command()
def stop() -> None:
    """Lets running jobs finish (bounded), then ends everything, the demo's system too."""
    stopped = [bring_down(knobs, say) for knobs in known_systems(settings())]
    click.echo("stopped" if any(stopped) else "nothing was running")


@cli.command()
@click.argument("name", required=False)
def restart(name: str | None) -> None:
    """Restarts one process (its name as in `status`), or everything."""
    if name is None:
        bring_down(settings(), say)
        bring_up(settings(), say)
        return show_addresses(settings())
    supervisor = _running_supervisor()
    _must_know(supervisor, name)
    supervisor.stop_programs([name])
    supervisor.start_programs([name])
    click.echo(f"{name} restarted")


@cli.command()
@click.argument("name", required=False)
def logs(name: str | None) -> None:
    """Follows the log of one process, or of all."""
    supervisor = _running_supervisor()
    if name:
        _must_know(supervisor, name)
    files = [process["stdout_logfile"] for process in supervisor.processes() if name in (None, process["name"])]
    os.execvp("tail", ["tail", "-n", "50", "-F", *files])


def _running_supervisor() -> Supervisor:
    for knobs in known_systems(settings()):
        if (supervisor := Supervisor(knobs)).running():
            return supervisor
    raise MassProcessingError("nothing is running; start it with ./start_workers.sh")


def _must_know(supervisor: Supervisor, name: str) -> None:
    known = [process["name"] for process in supervisor.processes()]
    if name not in known:
        raise MassProcessingError(f"there is no process {name!r}; there are: {', '.join(known)}")


def show_addresses(knobs: Settings) -> None:
    """Where to look."""
    click.echo(f"  dashboard  http://{knobs.bind_host}:{knobs.dashboard_port}")
    click.echo(f"  API        http://{knobs.bind_host}:{knobs.api_port}")
    click.echo(f"  Flower     http://{knobs.bind_host}:{knobs.flower_port}")
    click.echo(f"  logs       {knobs.log_dir}")


def known_systems(knobs: Settings) -> list[Settings]:
    """This clone's system, and its demo's where there was one."""
    return [knobs] + ([demo_settings(knobs)] if ports_file(knobs).exists() else [])


def main() -> None:
    """Runs the command; an expected fault is one sentence and exit 1."""
    try:
        cli()
    except MassProcessingError as error:
        click.echo(f"start_workers.sh: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
