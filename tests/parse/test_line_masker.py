"""Masking of lines that come in parts, and of unfinished ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.line_masker import LineMasker
from installcast.parse.redact import Redactor

SECRETS = st.lists(st.text(st.sampled_from("abc"), min_size=6, max_size=9), min_size=1, max_size=3)


def masker(*secrets: str) -> LineMasker:
    """Return a masker that knows ``secrets``."""
    redactor = Redactor()
    for secret in secrets:
        assert redactor.add(secret)
    return LineMasker(redactor)


def test_a_secret_over_a_cut() -> None:
    """What may be the beginning of a secret waits for the next part, where it is decided."""
    line = masker("hunter2hunter")
    assert line.mask("password hunter", (), continued=True) == ("password ", [])
    assert line.mask("2hunter done", ()) == ("*** done", [])
    assert line.mask("next", ()) == ("next", ())


def test_a_false_alarm_over_a_cut() -> None:
    """What turns out to be harmless is shown in the next part, with its colours."""
    line = masker("hunter2hunter")
    assert line.mask("the hunter", [(4, "R"), (6, "G")], continued=True) == ("the ", [(4, "R")])
    assert line.mask("s came", ()) == ("hunters came", [(2, "G")])


def test_two_secrets_that_overlap_over_a_cut() -> None:
    """The beginning of one secret that is the end of another is not shown when the first has been masked."""
    line = masker("abcdefgh", "fghijklm")
    assert line.mask("<abcdefgh", (), continued=True)[0] == "<***"
    assert line.mask("!", ())[0] == "***!"


def test_a_part_ends_between_words() -> None:
    """A token whose shape is known is not torn, so that it can be known; a word without end is."""
    line = LineMasker(Redactor(), longest_word=40)
    assert line.mask("git clone https:/", (), continued=True)[0] == "git clone "
    assert line.mask("/bob:s3cr3t@host/x", ())[0] == "https://bob:***@host/x"
    assert line.mask("x" * 41, (), continued=True)[0] == "x" * 41


def test_a_drawn_over_line_is_forgotten() -> None:
    """What was held back goes with the line that it belonged to."""
    line = masker("hunter2hunter")
    line.mask("hunter", (), continued=True)
    line.drop()
    assert line.mask("new", ())[0] == "new"


def test_a_preview_shows_nothing_of_a_secret_that_is_typed() -> None:
    """Character by character, nothing of a secret shows before it is whole, and then the mask."""
    secret = "hunter2hunter"
    line = masker(secret)
    for size in range(len(secret)):
        assert line.preview(f"password: {secret[:size]}", ())[0] == "password: "
    assert line.preview(f"password: {secret}", ())[0] == "password: ***"


@given(SECRETS, st.lists(st.text(st.sampled_from("abc-"), max_size=12), max_size=12))
def test_parts_together_show_no_more_than_the_line(secrets: list[str], parts: list[str]) -> None:
    """However a line is cut, no secret can be read out of its parts, joined or one by one."""
    line = masker(*secrets)
    shown = [line.mask(part, (), continued=True)[0] for part in parts]
    shown.append(line.mask("", ())[0])
    whole = "".join(parts)
    spans = masker(*secrets)._redactor.spans(whole)
    joined = "".join(shown)
    assert not any(secret in joined for secret in secrets)
    # Everything outside of the secrets is there, in its order, and nothing else.
    outside, position = "", 0
    for start, end in [*spans, (len(whole), len(whole))]:
        outside += whole[position:start]
        position = end
    assert joined.replace("*", "") == outside


@given(SECRETS, st.lists(st.text(st.sampled_from("abc-"), max_size=12), min_size=1, max_size=5))
def test_previews_show_nothing_that_the_line_would_not(secrets: list[str], parts: list[str]) -> None:
    """Whatever comes next, an unfinished line shows no character of what becomes a secret."""
    whole = "".join(parts)
    spans = masker(*secrets)._redactor.spans(whole)
    line = masker(*secrets)
    for end in range(len(whole) + 1):
        shown = line.preview(whole[:end], ())[0].replace("*", "")
        visible = "".join(
            character
            for index, character in enumerate(whole[:end])
            if not any(start <= index < stop for start, stop in spans)
        )
        assert visible.startswith(shown)
