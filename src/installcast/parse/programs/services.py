"""What keeps running: services, web servers, containers, clusters."""

from __future__ import annotations

from collections.abc import Sequence

from installcast.parse.programs.arguments import Call, names_in, split
from installcast.parse.programs.job import RUN, Job, Phrase, file_name, shown, trivial

START = Phrase("Start service", "启动服务")
RESTART = Phrase("Restart service", "重启服务")
RELOAD = Phrase("Reload service", "重新加载服务")
STOP = Phrase("Stop service", "停止服务")
ENABLE = Phrase("Enable service", "设置开机启动")
DISABLE = Phrase("Disable service", "取消开机启动")
RELOAD_UNITS = Phrase("Reload systemd's units", "重新加载 systemd 配置")
CHECK = Phrase("Check the configuration", "检查配置")
SWITCH_ON = Phrase("Switch on", "启用")
SWITCH_OFF = Phrase("Switch off", "停用")
BUILD_IMAGE = Phrase("Build a container image", "构建容器镜像")
PULL_IMAGE = Phrase("Pull a container image", "拉取容器镜像")
PUSH_IMAGE = Phrase("Push a container image", "推送容器镜像")
START_CONTAINER = Phrase("Start a container", "启动容器")
START_CONTAINERS = Phrase("Start containers", "启动容器")
STOP_CONTAINERS = Phrase("Stop containers", "停止容器")
IN_CONTAINER = Phrase("Run in a container", "在容器中运行")
SIGN_IN = Phrase("Sign in to a registry", "登录镜像仓库")
CHART = Phrase("Install a chart", "安装 Helm chart")
APPLY = Phrase("Apply to the cluster", "应用到集群")
WAIT_CLUSTER = Phrase("Wait for the cluster", "等待集群就绪")

_VERBS: dict[str, tuple[Phrase, float]] = {
    "start": (START, 1.0),
    "restart": (RESTART, 1.2),
    "try-restart": (RESTART, 1.2),
    "reload-or-restart": (RESTART, 1.0),
    "force-reload": (RELOAD, 0.5),
    "reload": (RELOAD, 0.3),
    "stop": (STOP, 1.0),
    "enable": (ENABLE, 0.4),
    "reenable": (ENABLE, 0.4),
    "disable": (DISABLE, 0.4),
    "mask": (DISABLE, 0.3),
    "unmask": (ENABLE, 0.3),
    "daemon-reload": (RELOAD_UNITS, 0.4),
    "daemon-reexec": (RELOAD_UNITS, 0.8),
}
_SYSTEMCTL_VALUED = names_in(
    "-H --host -M --machine -t --type -p --property -n --lines -o --output --root --job-mode"
)
_COMPOSE_VALUED = names_in(
    "-f --file -p --project-name --profile --env-file --project-directory -t --timeout --scale"
)
_RUN_VALUED = names_in(
    "-p --publish -v --volume -e --env --env-file --name --network --net --restart -w --workdir -u --user --entrypoint -m"
    " --memory --cpus --mount -h --hostname -l --label --link --add-host --cap-add --device --gpus --ip --log-driver"
    " --log-opt --platform --pull --security-opt --shm-size --tmpfs --ulimit --volumes-from --health-cmd"
)
_BUILD_VALUED = names_in(
    "-t --tag -f --file --build-arg --target --platform --cache-from --network --progress --secret"
)


def _names(units: Sequence[str]) -> tuple[str, ...]:
    return tuple(unit.removesuffix(".service") for unit in units)


def systemctl(call: Call) -> Job:
    """``systemctl``."""
    given = split(call.words, _SYSTEMCTL_VALUED)
    verb, *units = given.operands or ("",)
    if verb not in _VERBS:
        return trivial(0.05)
    phrase, seconds = _VERBS[verb]
    if given.has("--now") and verb in ("enable", "disable"):
        phrase, seconds = (START, 1.2) if verb == "enable" else (STOP, 1.2)
    return Job(phrase, _names(units), seconds * max(1, len(units)))


def service(call: Call) -> Job:
    """``service NAME VERB``, ``rc-service``, ``supervisorctl VERB NAME``, ``initctl``, ``brew services``."""
    given = split(call.words)
    verb = next((word for word in given.operands if word in _VERBS), "")
    if not verb:
        return trivial(0.1)
    phrase, seconds = _VERBS[verb]
    return Job(phrase, _names([word for word in given.operands if word != verb][:3]), seconds)


def at_boot(call: Call) -> Job:
    """``update-rc.d``, ``rc-update``, ``chkconfig``."""
    names = [
        word
        for word in call.words
        if not word.startswith("-") and word not in ("add", "on", "defaults", "default", "enable")
    ]
    return Job(ENABLE, tuple(names[:1]), 0.3)


def web_server(call: Call) -> Job:
    """``nginx``, ``apachectl``, ``httpd``, ``haproxy``, ``php-fpm``, ``caddy``: their checks, signals and starts."""
    given = split(call.words, {"-s", "-c", "-p", "-g", "-f", "-k"})
    name = call.program.removesuffix("ctl").removesuffix("2ctl") or call.program
    if given.has("-v", "-V", "--version", "-h", "-m"):
        return trivial(0.05)
    if (
        given.has("-t", "-T")
        or set(given.operands) & {"configtest", "validate"}
        or (given.has("-c") and call.program == "haproxy")
    ):
        return Job(CHECK, (name,), 0.1)
    signal = given.value("-s", "-k") or next((word for word in given.operands if word in _VERBS), "")
    if signal in ("reload", "graceful", "reopen"):
        return Job(RELOAD, (name,), 0.2)
    if signal in ("stop", "quit", "graceful-stop"):
        return Job(STOP, (name,), 0.5)
    return Job(RESTART if signal == "restart" else START, (name,), 1)


def switch(call: Call) -> Job:
    """Debian's ``a2enmod``, ``a2ensite``, ``phpenmod`` and their opposites."""
    return Job(
        SWITCH_OFF if "dis" in call.program else SWITCH_ON,
        tuple(split(call.words, {"-v", "-s"}).operands),
        0.2,
    )


def daemon(call: Call) -> Job:
    """Servers that a script starts itself."""
    if split(call.words).has("-v", "-V", "--version", "--help"):
        return trivial(0.05)
    return Job(START, (call.program,), 0.3)


def _image(word: str) -> str:
    """Return an image's name without its registry and digest."""
    name = word.partition("@")[0]
    first, slash, rest = name.partition("/")
    return rest if slash and ("." in first or ":" in first) else name


def docker(call: Call) -> Job:
    """``docker``, ``podman``, ``nerdctl``, ``buildah``."""
    rest = list(call.words)
    while rest and rest[0].startswith("-"):
        del rest[: 2 if rest[0] in ("-H", "--host", "--context", "--config", "-l", "-c") else 1]
    verb, *others = rest or [""]
    if verb == "compose":
        return compose(Call(call.program, others))
    if verb in ("buildx", "builder", "image", "container") and others:
        verb, *others = others
    if verb in ("build", "bake", "bud"):
        given = split(others, _BUILD_VALUED)
        return Job(BUILD_IMAGE, (_image(given.value("-t", "--tag")),), 60)
    given = split(others, _RUN_VALUED)
    operand = given.operands[:1]
    if verb == "pull":
        return Job(PULL_IMAGE, tuple(map(_image, operand)), 12)
    if verb == "push":
        return Job(PUSH_IMAGE, tuple(map(_image, operand)), 12)
    if verb in ("run", "create"):
        named = given.value("--name")
        names = (named,) if shown(named) else tuple(map(_image, operand))
        if given.has("-d", "--detach") or verb == "create":
            return Job(START_CONTAINER, names, 5)
        return Job(IN_CONTAINER, names, 6)
    if verb == "exec":
        return Job(IN_CONTAINER, operand, 2)
    if verb in ("start", "restart"):
        return Job(START_CONTAINER, operand, 1.5)
    if verb in ("stop", "rm", "kill", "down"):
        return Job(STOP_CONTAINERS, given.operands, 3 if verb == "stop" else 0.7)
    if verb in ("load", "import", "save", "export"):
        return Job(RUN, (f"{call.program} {verb}",), 6)
    if verb == "login":
        return Job(SIGN_IN, (), 1)
    return (
        Job(Phrase("Set up docker swarm", "配置 docker swarm"), (), 3)
        if verb in ("swarm", "stack")
        else trivial(0.2)
    )


def compose(call: Call) -> Job:
    """``docker compose`` and ``docker-compose``."""
    given = split(call.words, _COMPOSE_VALUED)
    verb, *services = given.operands or ("",)
    names = tuple(services)
    if verb == "up":
        return Job(START_CONTAINERS, names, 60 if given.has("--build") else 15)
    if verb == "build":
        return Job(BUILD_IMAGE, names, 60)
    if verb == "pull":
        return Job(PULL_IMAGE, names, 20)
    if verb in ("start", "restart"):
        return Job(START_CONTAINERS, names, 3)
    if verb in ("down", "stop", "rm", "kill"):
        return Job(STOP_CONTAINERS, names, 4)
    return Job(IN_CONTAINER, names[:1], 3) if verb in ("run", "exec") else trivial(0.3)


def cluster(call: Call) -> Job:
    """``kubectl``, ``oc``, ``helm``, ``kubeadm``, ``minikube``, ``kind``, ``k3s``."""
    if call.program in ("k3s", "microk8s") and call.words[:1] == ["kubectl"]:
        return cluster(Call("kubectl", call.words[1:]))
    given = split(
        call.words,
        {"-n", "--namespace", "-f", "--filename", "-l", "--values", "--set", "--version", "--timeout"},
    )
    verb, *operands = given.operands or ("",)
    if call.program == "helm":
        if verb in ("install", "upgrade"):
            return Job(CHART, tuple(operands[:1]), 15)
        return (
            Job(Phrase("Refresh Helm's repositories", "刷新 Helm 仓库"), (), 3)
            if verb in ("repo", "dependency")
            else trivial(1)
        )
    if call.program in ("kubeadm", "minikube", "kind", "k3d", "microk8s"):
        if verb in ("init", "start", "create", "join", "enable"):
            return Job(Phrase("Set up the cluster", "创建集群"), (call.program,), 60)
        return trivial(1)
    if verb in ("apply", "create", "replace", "patch"):
        return Job(
            APPLY, (file_name(given.value("-f", "--filename")),) if given.has("-f", "--filename") else (), 1.5
        )
    if verb in ("wait", "rollout"):
        return Job(WAIT_CLUSTER, (), 20)
    return Job(Phrase("Delete from the cluster", "从集群中删除"), (), 4) if verb == "delete" else trivial(0.4)
