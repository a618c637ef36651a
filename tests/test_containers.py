"""What runs the product as containers: each name that it uses is there, nothing runs as root, and alerts name metrics."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from prometheus_client.core import Metric

from api.cli.main import app
from api.operations.watching import DatabaseWaits, DueBacklog, TenantBacklog
from api.server.metrics import OWN
from api.server.settings import Settings, variable
from api.server.watched_gauges import WatchedGauges

ROOT = Path(__file__).parents[1]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PROGRAMS = [name for name, service in COMPOSE["services"].items() if service["image"] == COMPOSE["name"]]
ENGINE = next((name for name in ("docker", "podman") if shutil.which(name)), None)
WATCHING = ROOT / "examples/watching"


def lines(instruction: str) -> list[str]:
    joined = CONTAINERFILE.replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in joined.splitlines() if line.startswith(f"{instruction} ")]


class TestTheImage:
    def test_runs_as_nobody_who_owns_anything(self) -> None:
        *_, user = lines("USER")
        assert int(user) > 0
        assert CONTAINERFILE.rindex("USER") > CONTAINERFILE.rindex("RUN"), "whatever is installed is root's"

    def test_says_whether_it_would_serve(self) -> None:
        (check,) = lines("HEALTHCHECK")
        assert "http://127.0.0.1:8000/ready" in check
        assert lines("EXPOSE") == ["8000"]

    def test_has_all_that_the_wheel_is_made_of(self) -> None:
        kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
        project = (ROOT / "pyproject.toml").read_text()
        packages = re.findall(r'"(\w+)"', re.findall(r"^packages = \[(.*)\]$", project, re.MULTILINE)[0])
        assert {
            *packages,
            "examples",
            "pyproject.toml",
            "README.md",
            "LICENSE",
            "hatch_build.py",
            "requirements",
        } <= kept
        assert all((ROOT / name).exists() for name in kept)

    def test_begins_with_a_command_that_there_is(self) -> None:
        (command,) = lines("CMD")
        see_that_it_is_one(yaml.safe_load(command))


def see_that_it_is_one(words: list[str]) -> None:
    """Whether the command line knows a command and all of its options."""
    command: Any = typer.main.get_command(app)
    words = [str(word) for word in words]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    options = {option for taken in command.params for option in taken.opts}
    assert {word for word in words if word.startswith("--")} <= options


class TestTheServices:
    def test_each_that_another_waits_for_is_there_and_can_say_so(self) -> None:
        services = COMPOSE["services"]
        for service in services.values():
            for name, waits in service.get("depends_on", {}).items():
                if waits["condition"] == "service_healthy":
                    assert "healthcheck" in services[name]
                else:
                    assert waits["condition"] == "service_completed_successfully"
                    assert services[name]["restart"] in {"no", "on-failure"}, "it ends"

    def test_each_volume_is_declared(self) -> None:
        used = {
            volume.partition(":")[0]
            for service in COMPOSE["services"].values()
            for volume in service.get("volumes", [])
        }
        assert used == COMPOSE["volumes"].keys()

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_each_program_has_settings_that_there_are(self, name: str) -> None:
        service = COMPOSE["services"][name]
        assert service["environment"].keys() <= {variable(field) for field in Settings.model_fields}
        see_that_it_is_one(service["command"])

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_each_program_may_do_no_more_than_it_must(self, name: str) -> None:
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["cap_drop"], int(service["user"]) > 0) == (True, ["ALL"], True)
        assert "DATABASE_ADMIN_URL" not in service["environment"] or name == "upgrade"

    def test_an_end_is_waited_for_for_longer_than_it_may_take(self) -> None:
        for name in ("app", "worker"):
            grace = int(COMPOSE["services"][name]["stop_grace_period"].removesuffix("s"))
            assert grace > Settings.model_fields["stop_s"].default

    def test_nothing_is_open_to_the_world(self) -> None:
        ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
        assert [port.startswith("127.0.0.1:") for port in ports] == [True]

    def test_no_secret_stands_in_the_file(self) -> None:
        text = (ROOT / "compose.yaml").read_text()
        for name in re.findall(r"(\w*(?:PASSWORD|TOKEN)\w*): (\S+)", text):
            assert name[1].startswith("${"), name
        assert re.findall(r"//\w+:([^@]+)@", text), "addresses have passwords"
        assert all(password.startswith("${") for password in re.findall(r"//\w+:([^@]+)@", text))

    @pytest.mark.long
    @pytest.mark.skipif(ENGINE is None, reason="no container engine is installed here")
    def test_they_start(self) -> None:
        engine = str(ENGINE)
        if subprocess.run([engine, "info"], capture_output=True, check=False).returncode:
            pytest.skip(f"{engine} has no daemon here")
        secrets = dict.fromkeys(("ADMIN_PASSWORD", "APP_PASSWORD", "METRICS_TOKEN"), "a secret of a test alone")
        compose = [engine, "compose", "--project-name", "usufruct-test"]
        try:
            subprocess.run(
                [*compose, "up", "--detach", "--wait", "--build"], cwd=ROOT, env=os.environ | secrets, check=True
            )
        finally:
            subprocess.run([*compose, "down", "--volumes"], cwd=ROOT, env=os.environ | secrets, check=False)


@pytest.fixture(scope="module")
def told() -> set[str]:
    """The names of all samples: those that a process counts, and those of a database in which there is one of each."""
    waits = DatabaseWaits(1, 1.0, {"active": 1}, 200, 1.0)
    backlog = TenantBacklog(
        [DueBacklog("period", "automatically", 1, 1.0)], {"x": 1}, {"bill": 1}, {"holds": 1}, 1, 1.0
    )
    gauges = WatchedGauges.__new__(WatchedGauges)
    gauges._by_tenant = False
    for name, seen in (("_backlogs", {1: backlog}), ("_waits", waits), ("_unmatched", {1: 1})):
        setattr(gauges, name, Seen(seen))
    families: list[Metric] = [*OWN.collect(), *gauges.collect()]
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {f"{family.name}{suffix}" for family in families for suffix in suffixes[family.type]}


class TestAlerts:
    def test_name_metrics_that_there_are(self, told: set[str]) -> None:
        rules = yaml.safe_load((WATCHING / "usufruct.rules.yml").read_text())["groups"][0]["rules"]
        named = {name for rule in rules for name in re.findall(r"\busufruct_\w+", rule["expr"])}
        assert len(rules) > 10
        assert named <= told
        assert len({rule["alert"] for rule in rules}) == len(rules)
        assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}

    def test_and_so_does_the_page(self, told: set[str]) -> None:
        page = (ROOT / "docs/operating/watching.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`(usufruct_\w+)", page))
        assert named == told - {name for name in told if name.endswith(("_sum", "_count", "_bucket"))} | {
            name.removesuffix("_bucket") for name in told if name.endswith("_bucket")
        }, "each metric has its row"

    def test_every_alert_has_its_answer_on_the_page(self) -> None:
        rules = yaml.safe_load((WATCHING / "usufruct.rules.yml").read_text())["groups"][0]["rules"]
        page = (ROOT / "docs/operating/watching.md").read_text(encoding="utf-8")
        assert [rule["alert"] for rule in rules if f"`{rule['alert']}`" not in page] == []

    def test_the_targets_are_the_services(self) -> None:
        scraped = yaml.safe_load((WATCHING / "prometheus.yml").read_text())
        (job,) = scraped["scrape_configs"]
        assert all(target.partition(":")[0] in COMPOSE["services"] for target in job["static_configs"][0]["targets"])
        assert all((WATCHING / name).is_file() for name in scraped["rule_files"])


class Seen:
    """A look that has seen something already."""

    def __init__(self, seen: object) -> None:
        self.seen = seen

    def now(self) -> object:
        return self.seen

    soon = now
