"""What commands do, in words for people, and how long they take as a rule."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.commands import Work, describe


def told(command: str, locale: str = "en") -> str:
    """Return the title of a command."""
    return describe(shlex.split(command), locale=locale).title


def seconds(command: str) -> float:
    """Return the seconds of a command."""
    return describe(shlex.split(command)).seconds


@pytest.mark.parametrize(
    ("command", "english", "chinese"),
    [
        ("apt-get install -y nginx", "Install packages: nginx", "安装软件包：nginx"),
        ("apt-get update", "Refresh the package lists", "刷新软件包列表"),
        ("apt-get install a b c d", "Install packages: a, b and 2 more", "安装软件包：a、b 等 4 个"),
        ("sleep 20", "Wait 20 s", "等待 20 秒"),
        ("./deploy.sh", "Run ./deploy.sh", "运行 ./deploy.sh"),
        ("sudo -u app -E env A=b nice -n 5 make -j4", "Compile", "编译"),
        ("timeout -k 5 60 apt-get update", "Refresh the package lists", "刷新软件包列表"),
        ("bash -c 'cd /x && npm ci'", "Install dependencies: npm", "安装依赖：npm"),
        ("/bin/sh /usr/sbin/service nginx start", "Start service: nginx", "启动服务：nginx"),
        ("/usr/bin/python3 /usr/bin/pip install six", "Install Python packages: six", "安装 Python 包：six"),
        ("'npm install express'", "Install npm packages: express", "安装 npm 包：express"),
        ("restart_cluster", "Restart cluster", "重启 cluster"),
        ("echo hello", "", ""),
        ("", "", ""),
    ],
)
def test_titles(command: str, english: str, chinese: str) -> None:
    """A title says what is done, in both languages, whatever the command is wrapped in."""
    assert told(command) == english
    assert told(command, "zh-CN") == chinese


@pytest.mark.parametrize(
    "command",
    [
        "mysql -uroot -phunter2 -e 'SET PASSWORD = hunter2'",
        "foo --password hunter2",
        "foo --password=hunter2",
        "foo DB_PASSWORD=hunter2",
        "foo -p hunter2 bar",
        "curl -u user:hunter2 https://example.com/x.tgz",
        "curl https://user:hunter2@example.com/x.tgz",
        "wget 'https://example.com/x.tgz?token=hunter2'",
        "wget 'https://example.com/x?hunter2'",
        "git clone https://hunter2@example.com/app.git",
        "git clone https://user:hunter2@example.com/app.git",
        "pip install git+https://hunter2@example.com/app.git",
        "npm install git+https://hunter2@example.com/app.git",
        "useradd -p hunter2 app",
        "docker login -u me -p hunter2 registry.example.com",
        "docker run -e PASSWORD=hunter2 -d app",
        "redis-cli -a hunter2 ping",
        "openssl req -passout pass:hunter2",
        "sshpass -p hunter2 ssh a",
        "./install.sh https://u:hunter2@example.com/",
        "psql postgresql://u:hunter2@example.com/x",
        "env TOKEN=hunter2 ./x",
        "bash -c 'foo --token hunter2'",
    ],
)
def test_no_secrets(command: str) -> None:
    """No title has a word in it that may be a secret."""
    for locale in ("en", "zh"):
        assert "hunter2" not in told(command, locale)


@pytest.mark.parametrize(
    "key",
    [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
        "sk-abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
        "9f86d081884c7d659a2feaa0c55ad015",
        "123e4567-e89b-12d3-a456-426614174000",
        "password",
        "secret123!",
    ],
)
def test_no_keys(key: str) -> None:
    """What looks like a key or a token is left out, wherever it stands."""
    for command in (
        f"./setup {key}",
        f"./setup x {key}",
        f"join_cluster {key}",
        f"apt-get install {key}",
        f"./{key}",
    ):
        assert key not in told(command)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("echo x", "apt-get update"),
        ("apt-get install -y nginx", "apt-get install -y nginx redis"),
        ("apt-get install -y nginx", "apt-get install -y mariadb-server"),
        ("apt-get install -y mariadb-server", "apt-get install -y texlive-full"),
        ("apt-get install -y -d nginx", "apt-get install -y nginx"),
        ("apt-get install -y --no-install-recommends a b", "apt-get install -y a b"),
        ("make install", "./configure"),
        ("./configure", "make -j4"),
        ("make -j4", "make"),
        ("cmake -B build", "cmake --build build"),
        ("pip install --upgrade pip", "pip install numpy"),
        ("pip install six", "pip install torch"),
        ("uv pip install numpy", "pip install numpy"),
        ("git clone --depth 1 https://a.example/b", "git clone https://a.example/b"),
        ("tar xf a.tgz", "curl -O https://a.example/b.tgz"),
        ("systemctl start nginx", "apt-get install -y nginx"),
        ("docker run -d x", "docker build -t x ."),
        ("curl -fsS http://127.0.0.1:8080/", "curl -fsSO http://127.0.0.1:8080/a.tgz"),
        ("nginx --version", "nginx"),
    ],
)
def test_relations(less: str, more: str) -> None:
    """What takes longer is expected to take longer."""
    assert seconds(less) < seconds(more)


@pytest.mark.parametrize(
    ("command", "expected"),
    [("sleep 20", 20), ("sleep 1m 5", 65), ("sleep 0.2", 0.2), ("timeout 5 make", 5), ("nohup sleep 3", 3)],
)
def test_exact(command: str, expected: float) -> None:
    """Waits and limits are taken by their word."""
    assert seconds(command) == pytest.approx(expected)


@pytest.mark.parametrize(
    "command",
    [
        "echo x",
        "cd /x",
        "mkdir -p a",
        "cp a b",
        "export A=b",
        "set -e",
        "test -f x",
        "true",
        "chmod +x a",
        "ln -s a b",
        "cat",
    ],
)
def test_trivial(command: str) -> None:
    """What is done at once is no step."""
    assert told(command) == ""
    assert 0 < seconds(command) < 0.1


@given(st.lists(st.text(max_size=30), max_size=8), st.sampled_from(["en", "zh", ""]))
def test_any_words(words: list[str], locale: str) -> None:
    """Whatever the words are, there is an answer, of one short line."""
    work = describe(words, locale=locale)
    assert isinstance(work, Work)
    assert work.seconds > 0
    assert len(work.title) <= 140
    assert work.title.isprintable()


WORDS = [
    "apt-get",
    "install",
    "--",
    "-",
    "-o",
    "",
    "sudo",
    "env",
    "A=b",
    "timeout",
    "bash",
    "-c",
    "make",
    "-j",
    "pip",
    "-r",
    "curl",
]


@given(
    st.lists(
        st.sampled_from(
            [
                *WORDS,
                "git",
                "clone",
                "docker",
                "python3",
                "-m",
                "tar",
                "-xf",
                "https://a/b?c",
                "\0",
                "a\0b",
                "uv",
            ]
        )
    )
)
def test_any_known_words(words: list[str]) -> None:
    """Programs that are known stand any arguments."""
    assert describe(words).seconds > 0
