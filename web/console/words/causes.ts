/** What the stable causes of failures are called. A recipe may tell causes of its own, which stay as they are written. */

import type { Locale } from "../../viewer/core/locale.js";

/** Code → English, Chinese. */
const CAUSES = new Map<string, readonly [string, string]>([
  ["APP_ERROR", ["The program itself reported an error", "程序自身报错"]],
  ["APT_PACKAGE_NOT_FOUND", ["APT package not found", "APT 软件包不存在"]],
  ["CHECKSUM_MISMATCH", ["Checksum does not match", "校验和不匹配"]],
  ["COMPILE_ERROR", ["Compilation failed", "编译失败"]],
  ["CONFIG_ERROR", ["Configuration error", "配置错误"]],
  ["CONNECTION_REFUSED", ["Connection refused", "连接被拒绝"]],
  ["DISK_FULL", ["Disk full", "磁盘空间不足"]],
  ["DNS_FAILURE", ["Name could not be resolved (DNS)", "域名解析失败"]],
  ["DOWNLOAD_FAILED", ["Download failed", "下载失败"]],
  ["DPKG_INTERRUPTED", ["An earlier dpkg run was interrupted", "先前的 dpkg 操作被中断"]],
  ["DPKG_LOCKED", ["Package manager in use", "软件包管理器被占用"]],
  ["HTTP_404", ["File not found on the server (404)", "服务器上没有该文件（404）"]],
  ["HTTP_ERROR", ["Server answered with an error (HTTP)", "服务器返回错误（HTTP）"]],
  ["LOGIN_FAILED", ["Sign-in to the software failed", "登录软件失败"]],
  ["INTERRUPTED", ["The runner or the machine went down", "执行进程或机器中断"]],
  ["KILLED", ["Ended from outside", "被外部终止"]],
  ["MISSING_DEPENDENCY", ["Dependency missing", "缺少依赖"]],
  ["NOT_CONFIGURED", ["Package not configured", "软件包未完成配置"]],
  ["NOT_INSTALLED", ["Software is not installed", "软件未安装"]],
  ["NOT_WRITABLE", ["Folder cannot be written", "目录不可写"]],
  ["NO_ANSWER", ["Service does not answer", "服务没有响应"]],
  ["NPM_PACKAGE_NOT_FOUND", ["npm package not found", "npm 包不存在"]],
  ["OOM_KILLED", ["Out of memory", "内存不足"]],
  ["OUTCOME_DAMAGED", ["Record of the outcome is damaged", "结果记录已损坏"]],
  ["PACKAGE_CONFLICT", ["Packages conflict", "软件包冲突"]],
  ["PACKAGE_NOT_FOUND", ["Package not found", "软件包不存在"]],
  ["PACKAGE_SCRIPT_FAILED", ["A script of the package failed", "软件包脚本执行失败"]],
  ["PERMISSION_DENIED", ["Permission denied", "权限不足"]],
  ["PIP_EXTERNALLY_MANAGED", ["Python is managed by the system", "Python 环境由系统管理"]],
  ["PIP_PACKAGE_NOT_FOUND", ["Python package not found", "Python 包不存在"]],
  ["PORT_IN_USE", ["Port already in use", "端口已被占用"]],
  ["PROMPT_ABORTED", ["A question was left unanswered", "交互提问未得到回答"]],
  ["RUNNER_FAULT", ["Fault of the runner", "运行器内部错误"]],
  ["RUNNER_START_FAILED", ["Runner could not start", "运行器启动失败"]],
  ["SCRIPT_ERROR", ["Error in the script", "脚本出错"]],
  ["SCRIPT_NOT_STARTED", ["Script could not be started", "脚本无法启动"]],
  ["SECRET_LOST", ["Secret parameters lost by a restart", "重启后机密参数丢失"]],
  ["SERVICE_FAULT", ["Fault of the service", "服务内部错误"]],
  ["SERVICE_START_FAILED", ["Software did not start", "软件启动失败"]],
  ["SIGNATURE_INVALID", ["Signature not valid", "签名无效"]],
  ["SYNTAX_ERROR", ["Syntax error in the script", "脚本语法错误"]],
  ["TASK_FOLDER_LOST", ["Folder of the task is gone", "任务目录丢失"]],
  ["TIMEOUT", ["Time limit exceeded", "超出时限"]],
  ["TLS_ERROR", ["Secure connection failed (TLS)", "安全连接失败（TLS）"]],
  ["UNKNOWN", ["Cause unknown", "原因不明"]],
  ["UNMET_DEPENDENCIES", ["Dependencies cannot be met", "依赖无法满足"]],
  ["UNSUPPORTED_OS", ["System not supported", "不支持此系统"]],
  ["VERIFY_FAILED", ["Verification failed", "安装后验证失败"]],
  ["WRONG_VERSION", ["Another version was installed", "安装的版本不符"]],
]);

/** Return `code` in words, or as it is where nobody has words for it. */
export function causeIn(locale: Locale, code: string): string {
  const named = CAUSES.get(code);
  return named ? named[locale === "zh" ? 1 : 0] : code;
}
