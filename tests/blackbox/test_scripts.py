"""Sections 9 and 10 of the contract: what a script gets."""

from __future__ import annotations

from tests.service import Client, Service


def test_the_environment_is_built_from_nothing(client: Client, service: Service) -> None:
    """A script sees the agreed variables, none of the service's own, no standard input, and a folder of its own."""
    task_id = client.install("environment")
    lines = [record["message"] for record in client.records(task_id)]
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert variables["INSTALLCAST_KEY"] == "environment"
    assert variables["INSTALLCAST_ACTION"] == "install"
    assert variables["INSTALLCAST_TASK_ID"] == task_id
    assert variables["INSTALLCAST_VERSION"]
    assert variables["ONEINSTACK_PROGRESS_FD"] == "3"
    assert {"INSTALLCAST_EVENTS", "INSTALLCAST_SH", "PATH", "HOME"} <= set(variables)
    assert variables["DEBIAN_FRONTEND"] == "noninteractive"
    assert not any("TOKEN" in name for name in variables)
    assert "/dev/null" in lines
    assert any(str(service.data_dir) in line and "=" not in line for line in lines)


def test_parameters_are_variables(client: Client) -> None:
    """A parameter reaches the script as the variable that the recipe names, its default where it is not given."""
    given = client.finish(client.install("chatter", parameters={"port": 8181}))
    default = client.finish(client.install("chatter"))
    assert [state["results"][0]["value"] for state in (given, default)] == [
        "http://127.0.0.1:8181/",
        "http://127.0.0.1:80/",
    ]


def test_a_recipe_of_one_script(client: Client) -> None:
    """A folder with nothing but install.sh is a recipe."""
    assert client.finish(client.install("bare"))["status"] == "succeeded"


def test_a_secret_result_is_told_to_its_owner_once(client: Client, service: Service) -> None:
    """The status hands a generated password to the user who installed, the first time that it is asked for after the end."""
    task_id = client.install("chatter")
    client.records(task_id)
    admin = service.client("root", "admin").status(task_id)
    seen = [
        result["value"]
        for state in (admin, *(client.status(task_id) for _ in range(2)))
        for result in state["results"]
    ]
    assert [value for value in seen if value and "://" not in value] == ["made-up-by-the-script"]
    assert seen[1] != "made-up-by-the-script"
    assert (
        "made-up-by-the-script" not in client.http.get("/v1/log/download", params={"task_id": task_id}).text
    )
