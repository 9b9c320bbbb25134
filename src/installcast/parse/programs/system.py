"""Users, databases, certificates, and the rest of a system's administration."""

from __future__ import annotations

import re

from installcast.parse.programs.arguments import Call, names_in, split
from installcast.parse.programs.job import RUN, Job, Phrase, file_name, trivial

ADD_USER = Phrase("Add user", "添加用户")
ADD_GROUP = Phrase("Add group", "添加用户组")
CHANGE_USER = Phrase("Change user", "修改用户")
REMOVE_USER = Phrase("Remove user", "删除用户")
SQL = Phrase("Run SQL", "执行 SQL")
DUMP = Phrase("Back up the database", "备份数据库")
RESTORE = Phrase("Restore the database", "恢复数据库")
CREATE_DATABASE = Phrase("Create database", "创建数据库")
DROP_DATABASE = Phrase("Drop database", "删除数据库")
INITIALISE = Phrase("Initialise the database", "初始化数据库")
MIGRATE = Phrase("Migrate the database", "迁移数据库")
ASK_DATABASE = Phrase("Ask the database", "检查数据库")
CERTIFICATE = Phrase("Make a certificate", "生成证书")
PARAMETERS = Phrase("Make Diffie-Hellman parameters", "生成 DH 参数")
GET_CERTIFICATE = Phrase("Get a certificate", "申请证书")
TRUST = Phrase("Refresh the trusted certificates", "刷新受信任的证书")
KEY = Phrase("Make a key", "生成密钥")
IMPORT_KEY = Phrase("Import a signing key", "导入签名密钥")
COPY = Phrase("Copy files", "复制文件")
WAIT = Phrase("Wait {} s", "等待 {} 秒")
WAIT_UNKNOWN = Phrase("Wait", "等待")
TERRAFORM = Phrase("Run terraform", "运行 terraform")

MAX_WAIT = 86400.0
"""Seconds: ``sleep infinity`` is no forecast."""

_USER_VALUED = names_in(
    "-d --home --home-dir -s --shell -g --gid --ingroup -G --groups -u --uid -c --comment --gecos -p --password -e"
    " --expiredate -f --inactive -k --skel -K --key -b --base-dir -R --root -h -a -l --login"
)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})([smhd]?)", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(word: str) -> float | None:
    """Read a duration as ``sleep`` and ``timeout`` take it, in seconds; ``None`` when it is none."""
    found = _DURATION.fullmatch(word)
    return float(found.group(1)) * _UNITS[found.group(2)] if found else None


def sleep(call: Call) -> Job:
    """``sleep``, which takes just what it says."""
    parts = [duration(word) for word in call.words]
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts):
        return Job(WAIT_UNKNOWN, (), MAX_WAIT if "infinity" in call.words else 2)
    seconds = min(sum(known), MAX_WAIT)
    return Job(WAIT, (f"{seconds:g}",), seconds) if seconds >= 1 else trivial(max(seconds, 0.001))


def users(call: Call) -> Job:
    """``useradd``, ``adduser``, ``usermod``, ``groupadd``, ``userdel`` and the like. Their options may hold passwords."""
    given = split(call.words, _USER_VALUED)
    name = given.operands[-1:] if call.program in ("useradd", "usermod", "userdel") else given.operands[:1]
    if "del" in call.program:
        return Job(REMOVE_USER, name, 0.3)
    if call.program in ("groupadd", "addgroup"):
        return Job(ADD_GROUP, given.operands[-1:], 0.15)
    if call.program in ("usermod", "gpasswd", "chage", "passwd", "chsh"):
        return Job(CHANGE_USER, name if call.program != "gpasswd" else (), 0.15)
    return Job(CHANGE_USER if call.program == "chpasswd" else ADD_USER, name, 0.2)


def database(call: Call) -> Job:
    """Clients and tools of databases. Their arguments may hold passwords, so only names of databases are shown."""
    if call.program in ("mysqldump", "mariadb-dump", "pg_dump", "pg_dumpall", "mongodump"):
        return Job(DUMP, (), 3)
    if call.program in ("pg_restore", "mongorestore"):
        return Job(RESTORE, (), 5)
    if call.program in (
        "initdb",
        "mysql_install_db",
        "mariadb-install-db",
        "pg_createcluster",
        "postgresql-setup",
    ):
        return Job(INITIALISE, (), 2.5)
    given = split(
        call.words, {"-U", "--username", "-h", "--host", "-p", "--port", "-O", "--owner", "-T", "-E", "-D"}
    )
    if call.program in ("createdb", "createuser", "dropdb", "dropuser"):
        phrase = {"createdb": CREATE_DATABASE, "createuser": ADD_USER, "dropdb": DROP_DATABASE}.get(
            call.program, REMOVE_USER
        )
        return Job(phrase, given.operands[:1], 0.3)
    if call.program in ("mysqladmin", "mariadb-admin", "pg_isready", "redis-cli", "valkey-cli"):
        return Job(ASK_DATABASE, (), 0.1) if call.program != "pg_isready" else trivial(0.05)
    if call.program in ("mysqld", "mariadbd", "mysqld_safe"):
        return (
            Job(INITIALISE, (), 6) if given.has("--initialize", "--initialize-insecure") else Job(None, (), 2)
        )
    return Job(SQL, (), 0.5 if given.has("-f", "--file") else 0.15)


def cluster_of_database(call: Call) -> Job:
    """``pg_ctl`` and ``pg_ctlcluster``."""
    verb = next(
        (word for word in call.words if word in ("start", "stop", "restart", "reload", "initdb", "init")), ""
    )
    if verb in ("initdb", "init"):
        return Job(INITIALISE, (), 2.5)
    if not verb:
        return trivial(0.1)
    from_verb = {
        "stop": Phrase("Stop service", "停止服务"),
        "reload": Phrase("Reload service", "重新加载服务"),
    }
    return Job(from_verb.get(verb, Phrase("Start service", "启动服务")), ("postgresql",), 1.5)


def openssl(call: Call) -> Job:
    """``openssl``."""
    verb = call.words[0] if call.words else ""
    if verb == "dhparam":
        return Job(PARAMETERS, (), 30)
    if verb in ("req", "x509", "ca"):
        return Job(CERTIFICATE, (), 0.5)
    return Job(KEY, (), 0.5) if verb in ("genrsa", "genpkey", "ecparam") else trivial(0.05)


def certificates(call: Call) -> Job:
    """``certbot``, ``acme.sh``, ``update-ca-certificates``, ``ssh-keygen``, ``mkcert``."""
    if call.program in ("update-ca-certificates", "update-ca-trust"):
        return Job(TRUST, (), 1.5)
    if call.program in ("ssh-keygen", "wg"):
        return Job(KEY, (), 0.3)
    return Job(CERTIFICATE, (), 1) if call.program == "mkcert" else Job(GET_CERTIFICATE, (), 12)


def signing_key(call: Call) -> Job:
    """``gpg`` and ``apt-key``."""
    given = split(call.words, {"--keyserver", "-o", "--output", "--keyring", "--recv-keys", "--homedir"})
    if (
        given.has("--dearmor", "--import", "--recv-keys", "--recv-key")
        or "add" in given.operands
        or "adv" in given.operands
    ):
        return Job(IMPORT_KEY, (), 1.5 if given.has("--recv-keys", "--recv-key") else 0.3)
    return trivial(0.2)


def terraform(call: Call) -> Job:
    """``terraform`` and ``tofu``."""
    verb = next((word for word in call.words if not word.startswith("-")), "")
    return Job(TERRAFORM, (verb,), {"apply": 60.0, "init": 8.0, "destroy": 60.0}.get(verb, 5.0))


def files(call: Call) -> Job:
    """``cp``, ``rm``, ``chown``, ``chmod``, ``install``, ``find``, ``dd``: quick, unless whole trees are meant."""
    given = split(call.words)
    recursive = given.has("-r", "-R", "--recursive", "-a", "--archive")
    if call.program == "dd":
        return Job(COPY, (), 2)
    if not recursive:
        return trivial(0.2 if call.program == "find" else 0.01)
    if call.program == "cp":
        return Job(COPY, (), 0.4)
    return trivial(0.15 if call.program == "rm" else 0.25)


def migration(call: Call) -> Job:
    """``alembic``, ``rake``, ``rails``, ``flask``, ``artisan``, ``manage.py``, ``wp``: what application scripts do."""
    given = split(call.words)
    verbs = " ".join(given.operands[:2])
    if re.search(r"migrate|upgrade|db:|db ", verbs + " "):
        return Job(MIGRATE, (), 3)
    if "collectstatic" in verbs or "assets:precompile" in verbs:
        return Job(Phrase("Collect static files", "收集静态文件"), (), 4)
    return Job(RUN, (" ".join([file_name(call.program), *given.operands[:1]]),), 1.5)
