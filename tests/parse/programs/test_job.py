"""Titles of what commands do."""

from __future__ import annotations

import pytest

from installcast.parse.programs.job import (
    Job,
    Phrase,
    address_name,
    file_name,
    looks_secret,
    shown,
    title_of,
    trivial,
)

DO = Phrase("Do", "做")


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        ((), "Do", "做"),
        (("a",), "Do: a", "做：a"),
        (("a", "a"), "Do: a", "做：a"),
        (("a", "b", "c"), "Do: a, b, c", "做：a、b、c"),
        (("a", "b", "c", "d"), "Do: a, b and 2 more", "做：a、b 等 4 个"),
        (("a", "\0"), "Do: a and 1 more", "做：a 等 2 个"),
        (("\0",), "Do", "做"),
        (("x" * 39, "y" * 39), f"Do: {'x' * 39} and 1 more", f"做：{'x' * 39} 等 2 个"),
        (("x" * 99,), f"Do: {'x' * 39}…", f"做：{'x' * 39}…"),
    ],
)
def test_titles(names: tuple[str, ...], english: str, chinese: str) -> None:
    """A few names are shown, of many the first two; what is not known is only counted."""
    assert title_of(Job(DO, names), "en") == english
    assert title_of(Job(DO, names), "zh") == chinese


def test_phrases() -> None:
    """Names stand where the phrase has a place for them; without a phrase there is no title."""
    assert title_of(Job(Phrase("Run {} now", "运行 {}"), ("a",)), "en") == "Run a now"
    assert title_of(trivial(), "en") == ""


@pytest.mark.parametrize(
    "word",
    [
        "libapache2-mod-php8.2",
        "python3-certbot-dns-cloudflare",
        "app-linux-x86_64.tar.gz",
        "libsecret-1-dev",
        "tokenizers",
        "passenger",
    ],
)
def test_names_are_no_secrets(word: str) -> None:
    """Names of packages and files are shown, long ones and odd ones, too."""
    assert not looks_secret(word)
    assert shown(word) == word


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://a.example/b/c-1.2.tar.gz", "c-1.2.tar.gz"),
        ("https://u:p@a.example:8080/b/c.zip?token=x#y", "c.zip"),
        ("https://u:p@a.example:8080/latest", "a.example"),
        ("https://a.example", "a.example"),
        ("a.example/b.sh", "b.sh"),
        ("https://a.example/9f86d081884c7d659a2feaa0c55ad015.bin", "a.example"),
        ("https://a.example/\0.tgz", "a.example"),
    ],
)
def test_addresses(address: str, name: str) -> None:
    """Of an address the file is named, else the host, never a user, a password or a query."""
    assert address_name(address) == name


def test_file_names() -> None:
    """The last part of a path is the name of the file."""
    assert [file_name(path) for path in ("/a/b", "b", "/a/b/", "")] == ["b", "b", "b", ""]
