"""Packages that take much longer to install than others, with all that they bring along: seconds, by pattern.

The first pattern that fits counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

SYSTEM_PACKAGE = 1.5
PYTHON_PACKAGE = 3.0

_SYSTEM: Sequence[tuple[str, float]] = (
    ("texlive-full", 900),
    ("texlive*", 120),
    ("*-desktop", 300),
    ("task-*", 200),
    ("gnome*", 200),
    ("kde-*", 250),
    ("xfce4*", 90),
    ("libreoffice*", 90),
    ("build-essential", 20),
    ("@development*", 50),
    ("base-devel", 20),
    ("gcc*", 12),
    ("g++*", 12),
    ("clang*", 20),
    ("llvm*", 20),
    ("rustc", 25),
    ("cargo", 25),
    ("golang*", 20),
    ("default-jdk*", 25),
    ("openjdk-*-jdk*", 25),
    ("java-*-devel", 25),
    ("default-jre*", 15),
    ("openjdk*", 15),
    ("java-*", 15),
    ("maven", 20),
    ("gradle", 20),
    ("jenkins", 12),
    ("elasticsearch", 30),
    ("opensearch*", 40),
    ("gitlab-*", 120),
    ("mysql-server*", 15),
    ("mariadb-server*", 12),
    ("mysql-community-server", 20),
    ("postgresql-client*", 3),
    ("postgresql-common", 3),
    ("postgresql*", 12),
    ("mongodb*", 12),
    ("rabbitmq-server", 15),
    ("erlang*", 15),
    ("docker.io", 15),
    ("docker-ce", 15),
    ("docker-compose", 8),
    ("containerd*", 6),
    ("podman", 10),
    ("kubelet", 5),
    ("nodejs", 6),
    ("npm", 45),
    ("python3-pip", 15),
    ("python3-dev", 8),
    ("python3*-venv", 3),
    ("ansible*", 25),
    ("certbot", 6),
    ("python3-certbot*", 6),
    ("php*", 2.5),
    ("apache2", 4),
    ("httpd", 4),
    ("ruby*", 8),
    ("rails", 40),
    ("r-base*", 60),
    ("octave*", 40),
    ("ffmpeg", 15),
    ("imagemagick", 8),
    ("chromium*", 15),
    ("firefox*", 15),
    ("google-chrome*", 15),
    ("qemu*", 15),
    ("libvirt*", 15),
    ("virtualbox*", 30),
    ("linux-image*", 20),
    ("linux-headers*", 10),
    ("kernel*", 20),
    ("emacs*", 15),
    ("git", 3),
    ("cmake", 5),
    ("autoconf", 2),
    ("libtool", 2),
    ("grafana*", 10),
    ("samba", 8),
    ("postfix", 4),
    ("libopencv-dev", 60),
    ("libboost-all-dev", 40),
    ("qtbase5-dev", 25),
    ("libgtk-*-dev", 25),
    ("libwxgtk*-dev", 25),
    ("libssl-dev", 2),
    ("mesa-*", 8),
    ("xvfb", 8),
    ("xorg", 40),
    ("fonts-noto*", 10),
    ("ca-certificates", 1),
    ("curl", 0.8),
    ("wget", 0.5),
    ("unzip", 0.4),
    ("zip", 0.4),
    ("jq", 0.5),
    ("gnupg*", 1.5),
    ("lsb-release", 0.5),
    ("apt-transport-https", 0.3),
    ("*-doc", 1),
)

_PYTHON: Sequence[tuple[str, float]] = (
    ("torch*", 100),
    ("nvidia-*", 60),
    ("tensorflow*", 90),
    ("jax*", 20),
    ("apache-airflow*", 60),
    ("pyspark", 40),
    ("ansible", 25),
    ("ansible-core", 8),
    ("jupyter*", 20),
    ("notebook", 20),
    ("scipy", 12),
    ("pandas", 9),
    ("numpy", 6),
    ("scikit-learn", 12),
    ("scikit-image", 15),
    ("matplotlib", 9),
    ("opencv-*", 10),
    ("transformers", 20),
    ("pyarrow", 9),
    ("pyqt*", 15),
    ("pyside*", 20),
    ("playwright", 8),
    ("pip", 2),
    ("setuptools", 1.5),
    ("wheel", 1),
)


def system_seconds(package: str) -> float:
    """Return what one package of the system takes, without the start of the package manager."""
    return _weight(package, _SYSTEM, SYSTEM_PACKAGE)


def python_seconds(package: str) -> float:
    """Return what one Python package takes, without the start of the installer."""
    return _weight(package, _PYTHON, PYTHON_PACKAGE)


def _weight(package: str, table: Sequence[tuple[str, float]], usual: float) -> float:
    name = package.lower()
    return next((seconds for pattern, seconds in table if fnmatchcase(name, pattern)), usual)
