"""Reading recipes: what is wrong is told with file, line and key, and never takes another recipe down."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from installcast.catalog import BrokenRecipe, Catalog, Recipe, load_recipe
from installcast.catalog.trust import MAX_FILES
from installcast.errors import RecipeBrokenError, RecipeNotFoundError
from tests.catalog.folders import make_recipe


def broken(folder: Path) -> str:
    """Return why the recipe in ``folder`` is broken."""
    recipe = load_recipe(folder)
    assert isinstance(recipe, BrokenRecipe)
    return recipe.reason


def working(folder: Path) -> Recipe:
    """Return the recipe in ``folder``, which has to work."""
    recipe = load_recipe(folder)
    assert isinstance(recipe, Recipe), recipe.reason
    return recipe


def test_bare_script(tmp_path: Path) -> None:
    """A folder with nothing but install.sh is a recipe with one version."""
    recipe = working(make_recipe(tmp_path, "bare"))
    assert recipe.versions == ("latest",)
    assert recipe.argv("install") == ["/bin/sh", str(tmp_path / "bare/install.sh")]
    assert recipe.argv("uninstall") is None


def test_scripts_by_their_names(tmp_path: Path) -> None:
    """Where a recipe names no actions, the scripts that bear an action's name are its actions."""
    recipe = working(
        make_recipe(tmp_path, "named", "key: named\n", verify="#!/bin/sh\n", helper="#!/bin/sh\n")
    )
    assert sorted(recipe.scripts) == ["install", "verify"]


def test_whole_format(tmp_path: Path) -> None:
    """Every key of the format is read, and values are not guessed: 1.20 stays 1.20, no stays no."""
    document = """\
key: whole
name: {en: no, zh: 全部}
summary: plain text
versions: [1.20, "2.*"]
platforms: [debian]
requires_root: yes
locks: [dpkg]
timeout: 60
term: pty
parameters:
  - {name: level, type: enum, choices: [1.0, off], default: off}
steps: [{title: {en: One, zh: 一}, weight: 2.5}, {title: Two}]
tags: [tool, {en: cache, zh: 缓存}]
keeps: [Its logs]
actions: {install: install.sh, verify: verify.sh, uninstall: install.sh}
"""
    recipe = working(make_recipe(tmp_path, "whole", document, verify="#!/bin/bash\n"))
    assert recipe.versions == ("1.20", "2.*")
    assert recipe.name_in("en-GB") == "no"
    assert recipe.name_in("zh_CN.UTF-8") == "全部"
    assert (recipe.requires_root, recipe.timeout, recipe.term, recipe.locks) == (True, 60, "pty", ("dpkg",))
    assert recipe.parameters[0].choices == ("1.0", "off")
    assert [(step.title_in("zh"), step.weight) for step in recipe.steps] == [("一", 2.5), ("Two", 1.0)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("key: r\nversions: [1\n", "recipe.yaml, line 2: expected ',' or ']'"),
        ("key: r\n  versions: x\n", "recipe.yaml, line 2: mapping values are not allowed here"),
        ("- a\n", "recipe.yaml, line 1: expected keys and values at the top"),
        ("", "recipe.yaml: key: is missing"),
        ("key: r\n\ncolour: red\n", "recipe.yaml, line 3: colour: unknown key"),
        ("key: r\nkey: r\n", "recipe.yaml, line 2: 'key' stands here twice"),
        (
            "key: r\nname: &a {en: x}\nsummary: *a\n",
            "recipe.yaml, line 2: anchors and aliases are not used here",
        ),
        ("key: r\n? [a]\n: b\n", "recipe.yaml, line 2: a key has to be a plain word"),
        ("key: other\n", "recipe.yaml, line 1: key: is 'other', but the folder is called 'r'"),
        ("key: r\ntimeout: soon\n", "recipe.yaml, line 2: timeout: Input should be a valid integer"),
        ("key: r\ntimeout: 0\n", "recipe.yaml, line 2: timeout: Input should be greater than or equal to 1"),
        ("key: r\nversions: []\n", "recipe.yaml, line 2: versions:"),
        ("key: r\nversions: ['1', '1']\n", "recipe.yaml, line 2: versions: a version stands here twice"),
        ("key: r\nversions: ['a b']\n", "recipe.yaml, line 2: versions: 'a b' is no version"),
        (
            "key: r\nname: {en: Stop, now, zh: 停}\n",
            "recipe.yaml, line 2: name.now: String should have at least 1 char",
        ),
        ("key: r\nterm: vt100\n", "recipe.yaml, line 2: term:"),
        ("key: r\nactions:\n  destroy: x.sh\n", "recipe.yaml, line 3: actions.destroy:"),
        (
            "key: r\nactions:\n  install: gone.sh\n",
            "recipe.yaml, line 3: actions.install: gone.sh does not exist",
        ),
        (
            "key: r\nactions:\n  install: ../r/install.sh\n",
            "actions.install: ../r/install.sh has to be a file within",
        ),
        ("key: r\nactions:\n  install: /bin/true\n", "actions.install: /bin/true has to be a file within"),
        ("key: r\nactions:\n  verify: install.sh\n", "recipe.yaml: a recipe needs a script for install"),
        ("key: r\nsteps: {later: []}\n", "recipe.yaml, line 2: steps.later"),
        ("key: r\nsteps:\n  - {title: a, weight: -1}\n", "recipe.yaml, line 3: steps.0.weight"),
        (
            "key: r\nparameters:\n  - {name: a, env: LD_PRELOAD}\n",
            "line 3: parameters.0: env 'LD_PRELOAD' is refused",
        ),
        ("key: r\nparameters:\n  - {name: path}\n", "line 3: parameters.0: env 'PATH' is refused"),
        (
            "key: r\nparameters:\n  - {name: version}\n",
            "line 3: parameters.0.name: 'version' is a word of the request",
        ),
        (
            "key: r\nparameters:\n  - {name: a}\n  - {name: a, env: B}\n",
            "line 2: parameters: the parameter 'a' is declared twice",
        ),
        (
            "key: r\nparameters:\n  - {name: a}\n  - {name: b, env: A}\n",
            "line 2: parameters: the variable 'A' is declared twice",
        ),
        ("key: r\nparameters:\n  - {name: a, patern: x}\n", "line 3: parameters.0.patern: unknown key"),
        ("key: r\nparameters:\n  - {name: a, type: port}\n", "line 3: parameters.0.type:"),
        ("key: r\ntags: database\n", "recipe.yaml, line 2: tags:"),
        ("key: r\nkeeps: [data]\n", "line 2: keeps: has no meaning without a script for uninstall"),
        ("key: r\nkeeps:\n  - {unless: purge}\n", "line 3: keeps.0.text: is missing"),
        ("key: r\nkeeps:\n  - {text: data, until: x}\n", "line 3: keeps.0.until: unknown key"),
    ],
)
def test_broken_document(tmp_path: Path, document: str, expected: str) -> None:
    """A document that is wrong is told with its file, line and key."""
    assert expected in broken(make_recipe(tmp_path, "r", document))


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("{name: other, type: boolean}", "'purge' is no parameter of this recipe"),
        ("{name: purge}", "the parameter 'purge' has to be a boolean"),
        ("{name: purge, type: boolean, actions: [install]}", "the parameter 'purge' is none of uninstall"),
    ],
)
def test_what_decides_whether_something_is_kept(tmp_path: Path, parameter: str, reason: str) -> None:
    """`unless` has to name a boolean parameter of the uninstall."""
    document = f"key: r\nparameters: [{parameter}]\nkeeps:\n  - a\n  - {{text: b, unless: purge}}\n"
    folder = make_recipe(tmp_path, "r", document, uninstall="#!/bin/sh\n")
    assert f"recipe.yaml, line 5: keeps.1.unless: {reason}" in broken(folder)


def test_all_problems_at_once(tmp_path: Path) -> None:
    """An author sees everything that is wrong in one look."""
    folder = make_recipe(tmp_path, "r", "key: r\ncolour: red\ntimeout: soon\n")
    recipe = load_recipe(folder)
    assert isinstance(recipe, BrokenRecipe)
    assert [(problem.line, problem.key) for problem in recipe.problems] == [(3, "timeout"), (2, "colour")]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[" * 100_000, b"#" * 300_000, b"key: \x00\n"])
def test_document_that_is_no_text(tmp_path: Path, data: bytes) -> None:
    """Bytes that are no YAML, or far too much of it, break this recipe and nothing else."""
    folder = make_recipe(tmp_path, "r", "")
    (folder / "recipe.yaml").write_bytes(data)
    assert broken(folder).startswith("recipe.yaml")


def test_script_without_run_bit(tmp_path: Path) -> None:
    """A script that may not run is told with the command that helps."""
    folder = make_recipe(tmp_path, "r", "key: r\nactions:\n  install: install.sh\n")
    (folder / "install.sh").chmod(0o644)
    assert f"line 3: actions.install: install.sh has no run bit: chmod +x {folder}/install.sh" in broken(
        folder
    )


@pytest.mark.parametrize(
    ("first_line", "interpreter"),
    [
        ("#!/bin/bash -eu -x\n", ["/bin/bash", "-eu -x"]),
        ("#! /usr/bin/env  python3\n", ["/usr/bin/env", "python3"]),
        ("echo no line\n", ["/bin/bash"]),
        ("", ["/bin/bash"]),
    ],
)
def test_interpreter(tmp_path: Path, first_line: str, interpreter: list[str]) -> None:
    """The first line of a script is read as the kernel reads it; without one it is bash's."""
    folder = make_recipe(tmp_path, "r", install=first_line)
    copy = tmp_path / "copy"
    assert working(folder).argv("install", copy) == [*interpreter, str(copy / "install.sh")]


@pytest.mark.parametrize(
    ("first_line", "expected"),
    [
        ("#!/bin/sh\r\n", "install.sh, line 1: has Windows line ends"),
        (
            "#!/no/such/shell\n",
            "install.sh, line 1: asks for the interpreter /no/such/shell, which is not here",
        ),
        ("#!\n", "install.sh, line 1: names no interpreter"),
    ],
)
def test_bad_interpreter(tmp_path: Path, first_line: str, expected: str) -> None:
    """A first line that cannot work is told when the recipe is read, not when it runs."""
    assert expected in broken(make_recipe(tmp_path, "r", install=first_line))


def test_program_as_script(tmp_path: Path) -> None:
    """A compiled program needs no interpreter."""
    folder = make_recipe(tmp_path, "r")
    (folder / "install.sh").write_bytes(Path("/bin/true").read_bytes())
    assert working(folder).argv("install") == [str(folder / "install.sh")]


def test_links_are_refused(tmp_path: Path) -> None:
    """A symbolic link, for the folder, a script or any other file, breaks the recipe."""
    real = make_recipe(tmp_path / "elsewhere", "real")
    root = tmp_path / "root"
    linked_file = make_recipe(root, "file")
    (linked_file / "data").symlink_to("/etc/passwd")
    linked_script = make_recipe(root, "script")
    (linked_script / "install.sh").unlink()
    (linked_script / "install.sh").symlink_to(real / "install.sh")
    (root / "real").symlink_to(real)
    reasons = {
        recipe.key: recipe.reason
        for recipe in Catalog([root], builtin=None)
        if isinstance(recipe, BrokenRecipe)
    }
    assert sorted(reasons) == ["file", "real", "script"]
    assert all("is a symbolic link" in reason for reason in reasons.values())


@pytest.mark.parametrize("name", [".", "install.sh", "recipe.yaml"])
def test_writable_by_others(tmp_path: Path, name: str) -> None:
    """What everybody may write is not run."""
    folder = make_recipe(tmp_path, "r", "key: r\n")
    (folder / name).chmod(0o777)
    assert "can be written by everybody: chmod o-w" in broken(folder)


def test_root_folder_writable_by_others(tmp_path: Path) -> None:
    """A folder in which others could put another recipe in this one's place is not believed."""
    root = tmp_path / "root"
    folder = make_recipe(root, "r")
    root.chmod(0o777)
    assert f"{root}: can be written by everybody" in broken(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", [".", "install.sh"])
def test_foreign_owner(tmp_path: Path, name: str) -> None:
    """A file of another user is not run, and neither is one that a foreign group may write."""
    folder = make_recipe(tmp_path, "r")
    os.chown(folder / name, 12345, 0)
    assert "belongs to user 12345; it has to belong to root or to the service's user (0)" in broken(folder)
    os.chown(folder / name, 0, 12345)
    assert isinstance(load_recipe(folder), Recipe)
    (folder / name).chmod(0o770)
    assert "can be written by the group 12345" in broken(folder)


def test_too_many_files(tmp_path: Path) -> None:
    """A recipe is a handful of files; a source tree beside it is a mistake."""
    folder = make_recipe(tmp_path, "r")
    for number in range(MAX_FILES):
        (folder / str(number)).touch()
    assert f"holds more than {MAX_FILES} files" in broken(folder)


def test_special_file(tmp_path: Path) -> None:
    """A named pipe, which would block whoever copies it, breaks the recipe."""
    folder = make_recipe(tmp_path, "r")
    os.mkfifo(folder / "pipe")
    assert "pipe: is neither a file nor a folder" in broken(folder)


def test_broken_one_among_others(tmp_path: Path) -> None:
    """A broken recipe is listed as broken; the others work."""
    make_recipe(tmp_path, "bad", "key: [\n")
    make_recipe(tmp_path, "good")
    make_recipe(tmp_path, "Upper")
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").touch()
    catalog = Catalog([tmp_path], builtin=None)
    assert [(recipe.key, isinstance(recipe, Recipe)) for recipe in catalog] == [
        ("Upper", False),
        ("bad", False),
        ("good", True),
    ]
    assert catalog.keys() == ["Upper", "bad", "good"]
    assert catalog.get("good").key == "good"
    with pytest.raises(RecipeBrokenError, match=r"recipe\.yaml, line 2"):
        catalog.get("bad")


@pytest.mark.parametrize("key", ["none", "", ".", "..", "../x", "A", "a/b", "a\0b", "x" * 49])
def test_unknown_key(tmp_path: Path, key: str) -> None:
    """A key that is not there, or could not be one, is not found."""
    make_recipe(tmp_path, "x")
    with pytest.raises(RecipeNotFoundError):
        Catalog([tmp_path / "x", tmp_path], builtin=None).get(key)


def test_extra_folder_wins(tmp_path: Path) -> None:
    """A recipe in an extra folder takes the place of the built-in one; a key in two of them is an error that names both."""
    builtin = tmp_path / "builtin"
    first, second = tmp_path / "first", tmp_path / "second"
    make_recipe(builtin, "a")
    make_recipe(builtin, "b")
    make_recipe(first, "a", "key: a\nname: mine\n")
    catalog = Catalog([first, second], builtin=builtin)
    assert catalog.get("a").name_in("en") == "mine"
    make_recipe(second, "a")
    with pytest.raises(RecipeBrokenError) as caught:
        catalog.get("a")
    assert str(first / "a") in str(caught.value)
    assert str(second / "a") in str(caught.value)
    assert [recipe.key for recipe in catalog if isinstance(recipe, Recipe)] == ["b"]


def test_missing_folder_is_told(tmp_path: Path) -> None:
    """A folder of the settings that is not there is told, and hides nothing else."""
    make_recipe(tmp_path / "there", "a")
    recipes = list(Catalog([tmp_path / "gone", tmp_path / "there"], builtin=None))
    assert [type(recipe) for recipe in recipes] == [Recipe, BrokenRecipe]
    assert isinstance(recipes[1], BrokenRecipe)
    assert f"{tmp_path}/gone: No such file or directory" in recipes[1].reason


def test_changes_are_picked_up(tmp_path: Path) -> None:
    """Saving a file, changing its mode, adding and removing a recipe is seen at the next look."""
    folder = make_recipe(tmp_path, "r", "key: r\nversions: ['1']\n")
    catalog = Catalog([tmp_path], builtin=None)
    before = catalog.get("r")
    assert catalog.get("r") is before
    (folder / "recipe.yaml").write_text("key: r\nversions: ['2']\n")
    assert catalog.get("r").versions == ("2",)
    (folder / "install.sh").chmod(0o644)
    with pytest.raises(RecipeBrokenError):
        catalog.get("r")
    (folder / "install.sh").chmod(0o755)
    assert catalog.get("r").versions == ("2",)
    make_recipe(tmp_path, "s")
    assert catalog.keys() == ["r", "s"]
    (folder / "install.sh").unlink()
    (folder / "recipe.yaml").unlink()
    folder.rmdir()
    assert catalog.keys() == ["s"]
    with pytest.raises(RecipeNotFoundError):
        catalog.get("r")


def test_a_shortage_of_descriptors_breaks_no_recipe(tmp_path: Path) -> None:
    """Where nothing can be opened, that is raised, and the recipe is as good as before when it has passed."""
    folder = make_recipe(tmp_path / "recipes", "r")
    catalog = Catalog([tmp_path / "recipes"], builtin=None)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        for look in (lambda: catalog.get("r"), lambda: load_recipe(folder), lambda: list(catalog)):
            with pytest.raises(OSError, match="Too many open files"):
                look()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert isinstance(catalog.get("r"), Recipe)
