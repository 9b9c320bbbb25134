"""What programs do: those that are known, and those that are not."""

from __future__ import annotations

import shlex

import pytest

from installcast.parse.programs import (
    always,
    building,
    fetching,
    known,
    languages,
    packages,
    services,
    system,
)
from installcast.parse.programs.always import JOBS
from installcast.parse.programs.job import Phrase, title_of
from installcast.parse.programs.known import PROGRAMS, QUICK, is_interpreter, is_known, is_shell, job_of


def told(command: str) -> str:
    """Return the English title of a command; ``?`` in it is not known."""
    return title_of(job_of([word.replace("?", "\0") for word in shlex.split(command)]), "en")


@pytest.mark.parametrize(
    ("command", "title"),
    [
        # package managers
        ("apt install -y a=1.2-3 ./b_1.0_amd64.deb", "Install packages: a, b_1.0_amd64.deb"),
        ("apt-get -f install", "Configure packages"),
        ("apt-get install --only-upgrade a", "Upgrade packages: a"),
        ("apt-get -s install a", "See what would be installed: a"),
        ("apt-get -y dist-upgrade", "Upgrade the system"),
        ("apt-get purge a", "Remove packages: a"),
        ("apt-get build-dep a", "Install build dependencies: a"),
        ("apt-cache policy a", ""),
        ("dpkg -i /tmp/app_1.2_amd64.deb", "Install packages: app"),
        ("dpkg --configure -a", "Configure packages"),
        ("dpkg -l a", ""),
        ("dnf -y install a b", "Install packages: a, b"),
        ("yum update -y", "Upgrade the system"),
        ("yum -y groupinstall 'Development Tools'", "Install packages: Development Tools"),
        ("zypper --non-interactive in a", "Install packages: a"),
        ("apk add --no-cache -t .deps a", "Install packages: a"),
        ("pacman -Sy --noconfirm a", "Install packages: a"),
        ("pacman -Syu", "Upgrade the system"),
        ("snap install --classic code", "Install packages: code"),
        ("rpm -Uvh https://a.example/b.rpm", "Install packages: b.rpm"),
        ("add-apt-repository -y ppa:x/y", "Add a package repository"),
        # languages
        ("pip3 install -U pip setuptools", "Install Python packages: pip, setuptools"),
        ("pip install 'django>=4,<5' uvicorn[standard]", "Install Python packages: django, uvicorn"),
        ("pip install -r deploy/requirements.txt", "Install Python packages: requirements.txt"),
        ("pip install -e .", "Install Python packages: ."),
        ("pip3.11 install six", "Install Python packages: six"),
        ("python3 -m pip install six", "Install Python packages: six"),
        ("python3 -m venv /opt/x", "Create a Python environment"),
        ("python3 setup.py install", "Install Python packages"),
        ("python manage.py migrate", "Migrate the database"),
        ("python -m http.server", "Run python -m http.server"),
        ("python -c 'import x'", "Run Python code"),
        ("python3 -u -", "Run Python code"),
        ("bash -", "Run a script"),
        ("sh -s -- --yes", "Run a script"),
        ("python app.py", "Run app.py"),
        ("uv pip install six", "Install Python packages: six"),
        ("uv sync", "Install dependencies: uv"),
        ("poetry install", "Install dependencies: poetry"),
        ("conda install -n x numpy", "Install Python packages: numpy"),
        ("npm ci", "Install dependencies: npm"),
        ("npm i -g pm2@5 @scope/x@1", "Install npm packages: pm2, @scope/x"),
        ("npm run build:prod", "Run npm script: build:prod"),
        ("yarn", "Install dependencies: yarn"),
        ("yarn global add x", "Install npm packages: x"),
        ("pnpm build", "Run npm script: build"),
        ("npx prisma migrate", "Run prisma"),
        ("gem install rails", "Install Ruby gems: rails"),
        ("bundle install", "Install dependencies: bundler"),
        ("composer install --no-dev", "Install dependencies: composer"),
        ("php composer.phar require a/b:^1", "Install PHP packages: a/b"),
        ("cargo install ripgrep", "Install Rust programs: ripgrep"),
        ("cargo build --release", "Compile: cargo"),
        ("go install a.example/b/c@latest", "Install Go programs: c"),
        ("mvn -q package", "Compile: mvn"),
        ("nvm install 20", "Install: Node.js 20"),
        # builds
        ("./configure --prefix=/x", "Configure the build"),
        ("autoreconf -fi", "Prepare the build"),
        ("make -j 8 -C src", "Compile"),
        ("make -j? all", "Compile"),
        ("make linux PREFIX=/x", "Compile: linux"),
        ("make DESTDIR=/x install", "Install what was built"),
        ("make clean", "Clean the build"),
        ("make check", "Run tests"),
        ("cmake -S . -B build", "Configure the build"),
        ("cmake --build build --target install", "Install what was built"),
        ("cmake --install build", "Install what was built"),
        ("ninja -C build install", "Install what was built"),
        ("ninja -C build", "Compile"),
        ("meson setup build", "Configure the build"),
        ("meson compile -C build", "Compile"),
        ("gcc -O2 -o x x.c", "Compile: x.c"),
        ("gcc --version", ""),
        ("ctest", "Run tests"),
        # files from elsewhere
        ("curl -fsSLo /tmp/x https://a.example/latest", "Download: x"),
        ("curl -sSf http://localhost:80/health", "Ask: localhost"),
        ("curl -X POST -d x https://a.example/api", "Ask: a.example"),
        ("wget -qO- https://a.example/key.asc", "Download: key.asc"),
        ("wget https://a.example/b-?.tgz", "Download: a.example"),
        ("git clone -b v1 git@a.example:x/app.git", "Clone a repository: app"),
        ("git -C /x pull --rebase", "Fetch from the repository"),
        ("git checkout v1.2", "Check out: v1.2"),
        ("git config --global a b", ""),
        ("tar xzf a.tgz -C /opt", "Extract: a.tgz"),
        ("tar --extract --file=a.tar", "Extract: a.tar"),
        ("tar -xJ", "Extract"),
        ("tar -czf b.tgz x", "Pack: b.tgz"),
        ("unzip -q a.zip -d /x", "Extract: a.zip"),
        ("xz -d a.xz", "Extract: a.xz"),
        ("gunzip a.gz", "Extract: a.gz"),
        ("sha256sum -c sums", "Check the checksum"),
        ("rsync -a a b", "Copy files"),
        # services
        ("systemctl enable --now nginx.service", "Start service: nginx"),
        ("systemctl daemon-reload", "Reload systemd's units"),
        ("systemctl is-active nginx", ""),
        ("systemctl restart a b", "Restart service: a, b"),
        ("service mysql restart", "Restart service: mysql"),
        ("/etc/init.d/mysql stop", "Stop service: mysql"),
        ("nginx -t", "Check the configuration: nginx"),
        ("nginx -s reload", "Reload service: nginx"),
        ("php-fpm8.2 -t", "Check the configuration: php-fpm"),
        ("/usr/sbin/php-fpm? -t", "Check the configuration: php-fpm"),
        ("a2enmod rewrite ssl", "Switch on: rewrite, ssl"),
        ("docker compose -f x.yml up -d", "Start containers"),
        ("docker-compose pull", "Pull a container image"),
        ("docker build -t r.example:5000/app:1 .", "Build a container image: app:1"),
        ("docker pull nginx:1.25", "Pull a container image: nginx:1.25"),
        ("docker run -d --name web -p 80:80 nginx", "Start a container: web"),
        ("docker run --rm -v /a:/b alpine ls", "Run in a container: alpine"),
        ("kubectl apply -f a/b.yaml", "Apply to the cluster: b.yaml"),
        ("helm upgrade --install x y/z", "Install a chart: x"),
        # the system
        ("useradd -m -s /bin/bash app", "Add user: app"),
        ("groupadd -r app", "Add group: app"),
        ("mysql -e x", "Run SQL"),
        ("createdb -O app shop", "Create database: shop"),
        ("initdb -D /x", "Initialise the database"),
        ("mysqldump shop", "Back up the database"),
        ("pg_ctlcluster 15 main start", "Start service: postgresql"),
        ("openssl req -x509 -out a", "Make a certificate"),
        ("openssl dhparam -out a 2048", "Make Diffie-Hellman parameters"),
        ("openssl rand -hex 8", ""),
        ("certbot --nginx", "Get a certificate"),
        ("gpg --dearmor -o x", "Import a signing key"),
        ("update-alternatives --set a b", "Set the default"),
        ("ldconfig", "Refresh the library cache"),
        ("cp -r a b", "Copy files"),
        ("cp a b", ""),
        ("sleep ?", "Wait"),
        ("sleep 0.5", ""),
        ("ssh host x", "Run on another machine"),
        ("ansible-playbook x.yml", "Run the Ansible playbook"),
        # the rest
        ("bash other.sh", "Run other.sh"),
        ("sh", "Run a script"),
        ("perl x.pl", "Run x.pl"),
        (". ./build.sh", "Build"),
        (". /etc/os-release", ""),
        ("./deploy.sh prod --fast x", "Run ./deploy.sh prod"),
        ("/opt/app/bin/app-server", "Run app-server"),
        ("app https://u:p@a.example/x", "Run app a.example"),
        ("app", "Run app"),
        ("?", ""),
        ("app?", ""),
        ("app --version", ""),
        ("docker --version", ""),
        # functions of unknown origin
        ("apt_install nginx", "Install packages: nginx"),
        ("apt_get install nginx", "Install packages: nginx"),
        ("service_restart nginx", "Restart service: nginx"),
        ("install_packages nginx", "Install packages: nginx"),
        ("install_dependencies", "Install packages"),
        ("install_docker", "Install docker"),
        ("wait_for_port 80", "Wait for port"),
        ("has_systemd", ""),
        ("print_header x", ""),
    ],
)
def test_titles(command: str, title: str) -> None:
    """Commands are told as people would tell them."""
    assert told(command) == title
    assert job_of(shlex.split(command)).seconds > 0


def test_one_entry_each() -> None:
    """No program is known in two ways."""
    assert not PROGRAMS.keys() & JOBS.keys()
    assert not (PROGRAMS.keys() | JOBS.keys()) & QUICK


def test_kinds() -> None:
    """Shells are interpreters, and both are known."""
    assert is_shell("bash")
    assert not is_shell("python3")
    assert is_interpreter("python3.11")
    assert all(map(is_known, ("bash", "python3", "make", "echo", "ldconfig")))
    assert not is_known("x")


def test_every_phrase_is_in_both_languages() -> None:
    """Each phrase has words in both languages, with a place for names in both or in none."""
    modules = (always, building, fetching, known, languages, packages, services, system)
    phrases = [value for module in modules for value in vars(module).values() if isinstance(value, Phrase)]
    assert len(phrases) > 80
    for phrase in phrases:
        assert phrase.en[:1].isupper()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in phrase.zh)
        assert ("{}" in phrase.en) == ("{}" in phrase.zh)
