"""Which program is known, and what a command of any program does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from installcast.parse.programs import building, fetching, languages, packages, services, system
from installcast.parse.programs.always import JOBS
from installcast.parse.programs.arguments import Call, names_in, split
from installcast.parse.programs.functions import by_name, seconds_by_name
from installcast.parse.programs.job import MAX_NAME, RUN, Job, Phrase, address_name, file_name, shown, trivial
from installcast.parse.shell.variables import UNKNOWN

_Describer = Callable[[Call], Job]

_PYTHON_CODE = Phrase("Run Python code", "运行 Python 代码")
_SCRIPT = Phrase("Run a script", "运行脚本")

_TABLE: Sequence[tuple[_Describer, str]] = (
    (packages.apt, "apt apt-get aptitude"),
    (packages.dpkg, "dpkg dpkg-reconfigure"),
    (packages.dnf, "dnf dnf5 yum microdnf tdnf"),
    (packages.zypper, "zypper"),
    (packages.apk, "apk"),
    (packages.pacman, "pacman yay paru"),
    (packages.bundles, "snap flatpak brew"),
    (packages.rpm, "rpm"),
    (packages.repository, "add-apt-repository yum-config-manager"),
    (languages.pip, "pip pip2 pip3"),
    (languages.uv, "uv"),
    (languages.environments, "virtualenv pyvenv pipx poetry pipenv conda mamba micromamba"),
    (languages.npm, "npm yarn pnpm bun"),
    (languages.npx, "npx bunx"),
    (languages.ruby, "gem bundle bundler"),
    (languages.composer, "composer composer.phar"),
    (languages.cargo, "cargo rustup rustup-init rustup-init.sh"),
    (languages.go, "go"),
    (languages.java, "mvn mvnw gradle gradlew ant sbt dotnet msbuild"),
    (languages.perl_modules, "cpan cpanm pecl pear luarocks"),
    (languages.versions, "nvm pyenv rbenv asdf sdk n fnm corepack"),
    (
        building.configure,
        "configure Configure config autogen.sh bootstrap bootstrap.sh buildconf autoreconf qmake",
    ),
    (building.configure, "aclocal autoconf automake phpize"),
    (building.make, "make gmake"),
    (building.cmake, "cmake"),
    (building.ninja, "ninja ninja-build samu scons bazel waf"),
    (building.meson, "meson"),
    (building.compiler, "gcc g++ cc c++ clang clang++ gfortran rustc javac"),
    (fetching.curl, "curl"),
    (fetching.wget, "wget wget2 aria2c axel"),
    (fetching.git, "git"),
    (fetching.tar, "tar bsdtar gtar"),
    (fetching.archive, "unzip zip 7z 7za 7zr cpio ar unrar"),
    (
        fetching.compression,
        "gzip gunzip zcat bzip2 bunzip2 bzcat xz unxz xzcat zstd unzstd zstdcat pigz unpigz lz4 unlz4",
    ),
    (fetching.checksum, "sha256sum sha512sum sha1sum md5sum b2sum shasum cksum"),
    (services.systemctl, "systemctl"),
    (services.service, "service rc-service supervisorctl initctl"),
    (services.at_boot, "update-rc.d rc-update chkconfig"),
    (services.web_server, "nginx openresty apachectl apache2ctl httpd apache2 haproxy caddy php-fpm"),
    (services.switch, "a2enmod a2dismod a2ensite a2dissite a2enconf a2disconf phpenmod phpdismod"),
    (services.daemon, "redis-server valkey-server memcached mongod dockerd containerd named sshd etcd minio"),
    (services.docker, "docker podman nerdctl buildah"),
    (services.compose, "docker-compose podman-compose"),
    (services.cluster, "kubectl oc helm kubeadm minikube kind k3d k3s microk8s"),
    (system.sleep, "sleep"),
    (
        system.users,
        "useradd adduser usermod userdel deluser groupadd addgroup groupdel delgroup gpasswd chpasswd passwd chage chsh",
    ),
    (system.database, "mysql mariadb psql sqlite3 mongosh mongo sqlcmd clickhouse-client"),
    (system.database, "mysqldump mariadb-dump pg_dump pg_dumpall mongodump pg_restore mongorestore"),
    (system.database, "initdb mysql_install_db mariadb-install-db pg_createcluster postgresql-setup"),
    (
        system.database,
        "createdb createuser dropdb dropuser mysqladmin mariadb-admin pg_isready redis-cli valkey-cli",
    ),
    (system.database, "mysqld mariadbd mysqld_safe"),
    (system.cluster_of_database, "pg_ctl pg_ctlcluster"),
    (system.openssl, "openssl"),
    (system.certificates, "certbot acme.sh update-ca-certificates update-ca-trust ssh-keygen mkcert wg"),
    (system.signing_key, "gpg gpg2 apt-key"),
    (system.terraform, "terraform tofu"),
    (system.files, "cp rm chown chmod chgrp find dd"),
    (system.migration, "alembic rake rails flask artisan manage.py django-admin wp occ"),
)

PROGRAMS: Mapping[str, _Describer] = {
    name: describer for describer, names in _TABLE for name in names.split()
}

QUICK = names_in(
    ": . [ [[ (( alias arch awk basename bg break builtin cat cd chattr clear cmp column command compgen complete continue"
    " crontab cut date debconf-set-selections declare df diff dirname dirs disown dmesg du echo egrep enable env"
    " envsubst eval exec exit export expr false fc fg fgrep file fmt fold free fuser getconf getent getopt getopts grep groups"
    " hash head help history hostname hostnamectl iconv id install ip jobs join jq kill killall let ln local locale logger"
    " logname logout ls lsb_release lsblk lscpu lsmod lsof mapfile md5 mkdir mkfifo mknod mktemp more mount mountpoint mv nl"
    " nohup nproc numfmt od paste pgrep pidof pkill popd pr printenv printf ps pushd pwd read readarray readlink readonly"
    " realpath renice return rev rmdir sed select seq set setcap setfacl setsebool shift shopt shuf sort source split stat"
    " strings stty su sudo suspend sync tac tail tee test time timedatectl times touch tput tr trap true truncate tty type"
    " typeset ulimit umask umount unalias uname unexpand uniq unlink unset uptime users visudo vmstat wc whatis whereis"
    " which who whoami xargs xxd yes yq ss netstat ping dig host nslookup loginctl journalctl apt-cache apt-mark apt-config"
    " dpkg-query dpkg-divert dpkg-deb dpkg-statoverride rpmkeys restorecon semanage getsebool tzselect strip objcopy ldd ifconfig"
    " nmcli resolvectl swapoff sysctl.conf crudini augtool xmlstarlet step progress warn result die secret"
)
"""Done at once, and of no interest to anybody who waits for an install."""

# What a program is asked that only tells of itself.
_TELLING = frozenset({"--version", "-V", "-version", "version", "--help"})

_INTERPRETERS = re.compile(
    r"(?:python|pypy)[\d.]*|node|nodejs|ruby[\d.]*|perl[\d.]*|php[\d.]*|lua[\d.]*|Rscript|deno"
)
# Programs whose names people put before those of their own functions.
_PREFIXES = names_in("apt dnf yum zypper apk pip npm gem cargo service systemctl docker git")

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
_INTERPRETER_VALUED = names_in("-W -X -c -e -m -r -I -d --check-hash-based-pycs --require -O -o")


def is_known(program: str) -> bool:
    """Whether there is something to say of a program of this name."""
    return program in PROGRAMS or program in JOBS or program in QUICK or is_interpreter(program)


def is_shell(program: str) -> bool:
    """Whether this is the name of a shell."""
    return program in _SHELLS


def is_interpreter(program: str) -> bool:
    """Whether this is the name of a program that runs scripts."""
    return program in _SHELLS or _INTERPRETERS.fullmatch(program) is not None


def job_of(words: Sequence[str]) -> Job:
    """Return what the command does whose program and arguments are ``words``. What it is wrapped in has to be off."""
    program = _program(words[0]) if words else ""
    if not program:
        return trivial(0.1)
    call = Call(program, words[1:])
    if call.words and set(call.words) <= _TELLING:
        return trivial(0.03)
    if words[0].startswith("/etc/init.d/"):
        return services.service(Call("service", [program, *call.words]))
    if (describer := PROGRAMS.get(program)) is not None:
        return describer(call)
    if program in JOBS:
        return JOBS[program]
    if program in (".", "source") and call.words:
        return by_name(Call(file_name(call.words[0]), ()))
    if program in QUICK:
        return trivial()
    if is_interpreter(program):
        return _interpreted(program, call.words)
    if "/" not in words[0] and "_" in program:
        return _function(call)
    return _unknown(words)


def _program(word: str) -> str:
    """Return what a program is known by: ``php-fpm`` for ``/usr/sbin/php-fpm8.2``, and where nobody knows the version."""
    name = file_name(word)
    bare = name.partition(UNKNOWN)[0].rstrip("0123456789.")
    if UNKNOWN in name:
        return bare if is_known(bare) else ""
    return bare if not is_known(name) and bare in PROGRAMS else name


def _interpreted(program: str, arguments: Sequence[str]) -> Job:
    """A language or a shell with a script: the script is what matters, and it may be a program that is known itself."""
    given = split(_up_to_script(arguments), _INTERPRETER_VALUED)
    if program.startswith(("python", "pypy")) and given.has("-m"):
        module = given.value("-m")
        rest = arguments[list(arguments).index("-m") + 2 :] if "-m" in arguments else ()
        if module == "venv":
            return Job(languages.ENVIRONMENT, (), 6)
        return job_of([module, *rest]) if module in PROGRAMS else _run(f"{program} -m {module}", 2)
    if given.has("-c", "-e", "-r") and program not in _SHELLS:
        return Job(_PYTHON_CODE, (), 0.5) if program.startswith(("python", "pypy")) else trivial(0.2)
    if not given.operands:
        return trivial(0.05) if given.options and program not in _SHELLS else Job(_SCRIPT, (), 5)
    script = given.operands[0]
    if script == "-" or (program in _SHELLS and given.has("-s")):
        return Job(_PYTHON_CODE if program.startswith(("python", "pypy")) else _SCRIPT, (), 2)
    rest = arguments[list(arguments).index(script) + 1 :] if script in arguments else ()
    name = file_name(script)
    if name in PROGRAMS or (program.startswith("perl") and name in QUICK):
        return job_of([script, *rest])
    if name == "setup.py":
        return _setup(rest)
    if program.startswith("php") and name.endswith(".phar"):
        return job_of([name.removesuffix(".phar"), *rest])
    return _run(name, seconds_by_name(name, 3) if program in _SHELLS else 2)


def _up_to_script(arguments: Sequence[str]) -> Sequence[str]:
    """What follows the script are its own options."""
    skip = False
    for position, word in enumerate(arguments):
        if not skip and not word.startswith("-"):
            return arguments[: position + 1]
        skip = not skip and word in _INTERPRETER_VALUED
    return arguments


def _setup(arguments: Sequence[str]) -> Job:
    if "install" in arguments:
        return Job(languages.PYTHON, (), 15)
    return Job(languages.PYTHON_BUILD, (), 15)


def _function(call: Call) -> Job:
    """A name that only a function has. ``apt_install`` and the like are called as what they use."""
    first, _, rest = call.program.partition("_")
    if (describer := PROGRAMS.get(call.program.replace("_", "-"))) is not None:
        return describer(call)
    if first in _PREFIXES:
        return PROGRAMS[first](Call(first, [*rest.split("_"), *call.words]))
    return by_name(call)


def _run(command: str, seconds: float) -> Job:
    return Job(RUN, (command,), seconds) if shown(command) else Job(_SCRIPT, (), seconds)


def _unknown(words: Sequence[str]) -> Job:
    """A program nobody knows: its name, and its arguments up to the first option, behind which anything may stand."""
    told = [words[0] if words[0].startswith("./") else file_name(words[0])]
    for word in words[1:3]:
        name = address_name(word) if "://" in word else shown(word)
        if word.startswith("-") or not name or len(" ".join([*told, name])) > MAX_NAME:
            break
        told.append(name)
    is_script = told[0].endswith((".sh", ".run", ".bin"))
    return _run(" ".join(told), seconds_by_name(file_name(told[0]), 4) if is_script else 1.5)
