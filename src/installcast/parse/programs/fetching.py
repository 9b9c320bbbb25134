"""Getting files from elsewhere, and unpacking them: wget, curl, git, rsync, tar, unzip and the like."""

from __future__ import annotations

import re

from installcast.parse.programs.arguments import Call, names_in, split
from installcast.parse.programs.job import RUN, Job, Phrase, address_name, file_name, shown, trivial

DOWNLOAD = Phrase("Download", "下载")
ASK = Phrase("Ask", "请求")
CLONE = Phrase("Clone a repository", "克隆仓库")
FETCH = Phrase("Fetch from the repository", "拉取代码")
CHECK_OUT = Phrase("Check out", "检出")
COMMIT = Phrase("Record changes in git", "提交到 git")
PUSH = Phrase("Push to the repository", "推送代码")
COPY = Phrase("Copy files", "复制文件")
EXTRACT = Phrase("Extract", "解压")
PACK = Phrase("Pack", "打包")
COMPRESS = Phrase("Compress", "压缩")
CHECKSUM = Phrase("Check the checksum", "校验文件")

_LOOPBACK = re.compile(r"(?:\w+://)?(?:[^/@]*@)?(?:localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)(?:[:/]|$)")
_CURL_VALUED = names_in(
    "-o --output -H --header -d --data --data-raw --data-binary --data-urlencode -u --user -A --user-agent -x --proxy -X"
    " --request -m --max-time --retry --retry-delay --retry-max-time --connect-timeout -e --referer -b --cookie -c"
    " --cookie-jar -F --form -T --upload-file -w --write-out --cacert --cert --key --proto --tlsv1 -r --range -C"
    " --continue-at --limit-rate --output-dir -K --config -E -Y -y -z --resolve --url --max-redirs --max-filesize"
)
_WGET_VALUED = names_in(
    "-O --output-document -P --directory-prefix -o --output-file -a -t --tries -T --timeout -U --user-agent -e --header"
    " --user --password --http-user --http-password --post-data --limit-rate -i --input-file -w --wait -Q --quota"
)
_GIT_VALUED = names_in("-C -c --git-dir --work-tree --namespace")
_CLONE_VALUED = names_in(
    "--depth -b --branch -o --origin --reference -j --jobs --filter --shallow-since -c --config"
)
_TAR_VALUED = names_in(
    "-f --file -C --directory -I --use-compress-program -T --files-from -X --exclude-from -b -g"
)


def _download(url: str, target: str, seconds: float) -> Job:
    name = address_name(url)
    if "." not in name.rpartition("/")[2] or name == _host(url):
        target = file_name(target)
        name = target if shown(target) and target not in ("-", "null") else name
    return Job(DOWNLOAD, (name,), seconds)


def _host(url: str) -> str:
    return address_name(url.partition("://")[2].partition("/")[0] or url.partition("/")[0])


def curl(call: Call) -> Job:
    """``curl``: a download, or a question to a server when nothing is kept of the answer."""
    given = split(call.words, _CURL_VALUED)
    urls = [url for url in (given.value("--url"), *given.operands) if url]
    if not urls:
        return trivial(0.05)
    target = given.value("-o", "--output")
    keeps = target not in ("", "/dev/null") or given.has("-O", "--remote-name", "--remote-name-all")
    if not keeps and (_LOOPBACK.match(urls[0]) or given.has("-I", "--head") or target):
        return Job(ASK, (_host(urls[0]),), 0.15 if _LOOPBACK.match(urls[0]) else 0.6)
    if given.has("-X", "--request", "-d", "--data", "--data-raw", "--data-binary", "-F", "-T") and not keeps:
        return Job(ASK, (_host(urls[0]),), 0.8)
    return _download(urls[0], target, 4.0 * len(urls))


def wget(call: Call) -> Job:
    """``wget``, ``aria2c``, ``axel``."""
    given = split(
        call.words, _WGET_VALUED if call.program.startswith("wget") else {"-o", "-d", "-x", "-s", "-n", "-j"}
    )
    if not given.operands:
        return Job(DOWNLOAD, (), 8) if given.has("-i", "--input-file") else trivial(0.05)
    target = given.value("-O", "--output-document", "-o")
    if given.has("--spider") or (_LOOPBACK.match(given.operands[0]) and target in ("-", "/dev/null")):
        return Job(ASK, (_host(given.operands[0]),), 0.3)
    recursive = given.has("-r", "--recursive", "-m", "--mirror")
    return _download(given.operands[0], target, 30 if recursive else 4.0 * len(given.operands))


def git(call: Call) -> Job:
    """``git``."""
    rest = list(call.words)
    while rest and rest[0].startswith("-"):  # options of git itself, before the command
        del rest[: 2 if rest[0] in _GIT_VALUED else 1]
    verb, *others = rest or [""]
    given = split(others, _CLONE_VALUED)
    if verb == "clone":
        url, *folder = given.operands or ("",)
        name = file_name(url.split("?")[0]).removesuffix(".git").rpartition(":")[2]
        name = name if shown(name) else file_name(folder[0]) if folder else ""
        return Job(CLONE, (name,), 3 if given.has("--depth", "--filter") else 7)
    if verb in ("fetch", "pull", "remote") and (verb != "remote" or "update" in others):
        return Job(FETCH, (), 2.5)
    if verb == "submodule":
        return Job(FETCH, (), 8) if "update" in others else trivial(0.2)
    if verb == "lfs":
        return Job(FETCH, (), 10) if others[:1] in (["pull"], ["fetch"]) else trivial(0.2)
    if verb in ("checkout", "switch", "reset", "restore", "worktree"):
        return Job(CHECK_OUT, given.operands[:1], 0.5)
    if verb in ("add", "commit", "merge", "rebase", "stash", "gc", "am", "apply"):
        return Job(COMMIT, (), 0.4) if verb in ("add", "commit") else Job(RUN, (f"git {verb}",), 0.4)
    return Job(PUSH, (), 3) if verb == "push" else trivial(0.05)


def tar(call: Call) -> Job:
    """``tar`` and ``bsdtar``; the first word may be options without a dash."""
    words = list(call.words)
    if words and not words[0].startswith("-"):
        words[0] = f"-{words[0]}"
    given = split(words, _TAR_VALUED)
    archive = given.value("-f", "--file")
    names = () if archive in ("", "-") else (file_name(archive),)
    if given.has("-x", "--extract", "--get"):
        return Job(EXTRACT, names, 1.5)
    if given.has("-c", "--create", "-r", "-u"):
        return Job(PACK, names, 2)
    return trivial(0.4)


def archive(call: Call) -> Job:
    """``unzip``, ``zip``, ``7z``, ``cpio``, ``ar``, ``unrar``."""
    given = split(call.words, {"-d", "-x", "-P", "-b"})
    operands = given.operands
    if call.program in ("7z", "7za", "7zr"):
        verb, *operands_after = operands or ("",)
        return Job(EXTRACT if verb in ("x", "e") else PACK, tuple(map(file_name, operands_after[:1])), 2.5)
    names = tuple(map(file_name, operands[:1]))
    if call.program == "zip":
        return Job(PACK, names, 2)
    if given.has("-l", "-Z", "-t"):
        return trivial(0.2)
    return Job(EXTRACT, () if call.program in ("cpio", "rpm2cpio", "ar") else names, 1.5)


def compression(call: Call) -> Job:
    """``gzip``, ``xz``, ``bzip2``, ``zstd`` and their opposites."""
    given = split(call.words, {"-T", "-S"})
    names = tuple(map(file_name, given.operands[:2]))
    if (
        "un" in call.program
        or call.program.endswith("cat")
        or given.has("-d", "--decompress", "--uncompress")
    ):
        return Job(EXTRACT, names, 1)
    return Job(COMPRESS, names, 2)


def checksum(call: Call) -> Job:
    """``sha256sum`` and its family."""
    return Job(CHECKSUM, (), 0.2) if split(call.words).has("-c", "--check") else trivial(0.1)
