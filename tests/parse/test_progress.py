"""One model of how far a task has come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.progress import Basis, CourseStep, Estimate, ProgressModel, StepPlan

THREE = [StepPlan("Fetch", 1), StepPlan("Build", 8), StepPlan("Install", 1)]


def standing(model: ProgressModel) -> tuple[int, str, int, int, str]:
    """Return the state as a tuple."""
    state = model.state
    return state.progress, state.step, state.current_step, state.total_steps, state.basis


def test_nothing_known() -> None:
    """At first nothing is known, and it says so."""
    assert standing(ProgressModel([])) == (0, "", 0, 0, "none")


def test_declared_steps_are_known_from_the_start() -> None:
    """A recipe that declares its steps has a total before the script says anything."""
    assert standing(ProgressModel(THREE)) == (0, "", 0, 3, "steps")


def test_steps_count_by_their_weight() -> None:
    """A step that begins has all before it done, each by its declared share."""
    model = ProgressModel(THREE)
    model.step(2, 3, "", "script")
    assert standing(model) == (10, "Build", 2, 3, "steps")
    model.percent(50, "script")
    assert standing(model) == (50, "Build", 2, 3, "script")
    model.step(3, 3, "Install it", "script")
    assert standing(model) == (90, "Install it", 3, 3, "steps")


def test_steps_without_weights_are_equal() -> None:
    """Steps that only the script knows have equal shares."""
    model = ProgressModel([])
    model.step(2, 5, "Compile", "script")
    model.percent(35, "script")
    assert standing(model) == (27, "Compile", 2, 5, "script")


def test_the_script_knows_better_than_its_recipe() -> None:
    """Another total than the declared one replaces the plan."""
    model = ProgressModel(THREE)
    model.step(1, 7, "Prepare", "script")
    assert standing(model) == (0, "Prepare", 1, 7, "steps")


def test_percent_without_steps_is_of_the_whole() -> None:
    """Without steps, and where it is said so, a percentage is of the whole task."""
    model = ProgressModel([])
    model.percent(35, "script")
    assert standing(model) == (35, "", 0, 0, "script")
    model = ProgressModel(THREE)
    model.step(1, 3, "", "script")
    model.percent(35, "script", of_whole=True)
    assert model.state.progress == 35


def test_a_title_finds_its_declared_step() -> None:
    """A step that is only named is counted where its name was declared."""
    model = ProgressModel(THREE)
    model.title("Build", "marker")
    assert standing(model) == (10, "Build", 2, 3, "steps")
    model.title("Somewhere else", "marker")
    assert model.state.step == "Build"
    model.title("Somewhere else", "script")
    assert model.state.step == "Somewhere else"


def test_markers_give_way_to_the_script() -> None:
    """Once the script reports its steps, markers in its output do not move them."""
    model = ProgressModel([])
    model.step(2, 4, "Real", "script")
    model.step(3, 9, "Marker", "marker")
    model.title("Fold", "marker")
    assert standing(model) == (25, "Real", 2, 4, "steps")


def test_tools_give_way_to_the_script() -> None:
    """A percentage of the script's own holds until the next step."""
    model = ProgressModel([])
    model.step(1, 2, "", "script")
    model.percent(20, "script")
    model.percent(90, "tool")
    assert (model.state.progress, model.state.basis) == (10, "script")
    model.step(2, 2, "", "script")
    model.percent(50, "tool")
    assert (model.state.progress, model.state.basis) == (75, "tool")


def test_a_step_beyond_the_total_is_passed_over() -> None:
    """What cannot be is not believed."""
    model = ProgressModel(THREE)
    model.step(4, 0, "Too far", "script")
    assert standing(model) == (0, "", 0, 3, "steps")


def test_only_success_is_100() -> None:
    """A script that says 100 is shown at 99 until it has ended well."""
    model = ProgressModel([])
    model.percent(100, "script")
    assert model.state.progress == 99
    model.succeed()
    assert model.state.progress == 100


def test_an_inactive_model_does_not_move() -> None:
    """Checks before and after the install do not count."""
    model = ProgressModel([])
    model.active = False
    model.step(1, 2, "x", "script")
    model.title("x", "script")
    model.percent(50, "script")
    assert standing(model) == (0, "", 0, 0, "none")


def test_titles_are_masked_later() -> None:
    """A title that turns out to hold a secret is replaced, in the plan, too."""
    model = ProgressModel([StepPlan("Use hunter2", 1)])
    model.step(1, 1, "", "script")
    model.mask_titles(lambda text: text.replace("hunter2", "***"))
    assert model.state.step == "Use ***"
    model.step(1, 1, "", "script")
    assert model.state.step == "Use ***"


moves = st.one_of(
    st.tuples(st.just("step"), st.integers(1, 9), st.integers(0, 9), st.sampled_from(["script", "marker"])),
    st.tuples(st.just("percent"), st.floats(-10, 200), st.booleans(), st.sampled_from(["script", "tool"])),
)


@given(st.sampled_from([[], THREE]), st.lists(moves))
def test_progress_never_falls(plan: list[StepPlan], told: list[tuple[str, float, int, str]]) -> None:
    """Whatever is told, and in whatever order, the progress rises or stays, within 0 and 99."""
    model = ProgressModel(plan)
    before = 0
    for move in told:
        if move[0] == "step":
            model.step(int(move[1]), int(move[2]), "", "script" if move[3] == "script" else "marker")
        else:
            model.percent(move[1], "script" if move[3] == "script" else "tool", of_whole=bool(move[2]))
        assert before <= model.state.progress <= 99
        assert model.state.current_step >= 0
        before = model.state.progress


# --- what is seen of the course --------------------------------------------------------------------------------------


def follow(
    model: ProgressModel,
    progress: float,
    basis: Basis = "position",
    *,
    step: CourseStep | None = None,
    eta: float | None = None,
    works: bool = True,
) -> None:
    """Tell a model how far the task is seen to be."""
    model.follow(Estimate(progress, basis, eta), step, is_learned=basis == "history", works=works)


def test_the_course_moves_the_progress() -> None:
    """Without steps, what is seen of the script is all there is."""
    model = ProgressModel([])
    follow(model, 0.426)
    assert standing(model) == (42, "", 0, 0, "position")
    follow(model, 0.3, "tool")
    assert model.state.progress == 42


def test_commands_are_steps_until_somebody_names_steps() -> None:
    """The steps of the script's text give way to those that the script or a marker names, and do not come back."""
    model = ProgressModel([])
    follow(model, 0.1, step=CourseStep("Compile", 2, 3))
    assert standing(model)[1:4] == ("Compile", 2, 3)
    model.step(1, 4, "Prepare", "marker")
    assert standing(model)[1:4] == ("Prepare", 1, 4)
    follow(model, 0.3, step=CourseStep("Install", 3, 3))
    assert standing(model)[1:4] == ("Prepare", 1, 4)


def test_a_fold_takes_the_place_of_a_command() -> None:
    """A title without a number is a step without a number."""
    model = ProgressModel([])
    follow(model, 0.1, step=CourseStep("Compile", 2, 3))
    model.title("Tests", "marker")
    assert standing(model)[1:4] == ("Tests", 0, 0)


def test_declared_steps_are_not_replaced_by_commands() -> None:
    """A recipe that names its steps keeps them."""
    model = ProgressModel(THREE)
    follow(model, 0.1, step=CourseStep("Compile", 2, 7))
    assert standing(model)[1:4] == ("", 0, 3)


def test_what_the_script_says_of_itself_holds() -> None:
    """A percentage of the script's is not moved by what others think, not even by experience."""
    model = ProgressModel([])
    model.percent(20, "script")
    follow(model, 0.7, "history")
    assert standing(model)[0] == 20


def test_percent_of_a_script_whose_commands_are_steps_is_of_the_whole() -> None:
    """Steps that the script does not know of do not change what its percentages mean."""
    model = ProgressModel([])
    follow(model, 0.1, step=CourseStep("Compile", 2, 4))
    model.percent(60, "script")
    assert model.state.progress == 60


def test_steps_that_the_script_counts_are_refined_by_experience_only() -> None:
    """Without an earlier run a step is a step; with one it takes its time."""
    model = ProgressModel([])
    model.step(2, 4, "Compile", "script")
    follow(model, 0.6)
    assert standing(model)[0] == 25
    follow(model, 0.6, "history")
    assert (standing(model)[0], model.state.basis) == (60, "history")


def test_experience_outranks_equal_steps() -> None:
    """With an earlier run, a step that begins does not jump to its share."""
    model = ProgressModel([])
    follow(model, 0.05, "history")
    model.step(2, 4, "Compile", "script")
    assert (standing(model)[0], model.state.step) == (5, "Compile")
    model.percent_of_step(50)
    assert standing(model)[0] == 5
    model.percent(50, "script")
    assert standing(model)[0] == 37


def test_markers_are_refined_where_the_commands_are_known() -> None:
    """A step that is only printed says where the script is; how long its commands take says how far that is."""
    model = ProgressModel([])
    model.step(1, 4, "Compile", "marker")
    follow(model, 0.1, works=False)
    assert standing(model)[0] == 0
    follow(model, 0.1)
    assert standing(model)[0] == 10


def test_a_remaining_time_is_given_and_taken_back() -> None:
    """It is there while there are grounds for it, and gone with them."""
    model = ProgressModel([])
    said = []
    for progress, eta in ((0.5, 12.2), (0.6, None), (0.7, 5.0)):
        follow(model, progress, "history", eta=eta)
        said.append(model.state.eta_seconds)
    model.succeed()
    assert [*said, model.state.eta_seconds] == [13, None, 5, None]


def test_a_tool_of_a_step_counts_only_where_steps_are_counted() -> None:
    """Of which part of the whole a tool's percentage is, nobody knows without steps."""
    model = ProgressModel([])
    model.percent_of_step(50)
    assert standing(model)[0] == 0
    model.step(2, 4, "Compile", "script")
    model.percent_of_step(50)
    assert standing(model)[0] == 37
