//! TABLE: what a command line or a command refuses.

codes! {
    NO_MESSAGE: "there is no message `{}`", "没有消息 `{}`";
    NO_FILE_OF_MESSAGE: "message `{}` has no file", "消息 `{}` 没有文件";
    WAITING_FOR_TOKEN: "the downloads wait for an access token; set WEIBOX_ACCESS_TOKEN or --access-token-file", "下载需要访问令牌；请设置 WEIBOX_ACCESS_TOKEN 或 --access-token-file";
    WAITING_FOR_TOKEN_OF: "the downloads wait for an access token; set `access_token_file` in the [[account]] of {}", "下载需要访问令牌；请在账号 {} 的 [[account]] 中设置 `access_token_file`";
    WAITING_FOR_OTHER_TOKEN: "the downloads wait for another access token: {}", "下载需要新的访问令牌：{}";
    PAUSED_UNTIL: "the downloads are paused until {}: {}", "下载暂停到 {}：{}";
    NOTHING_TO_PRUNE: "nothing is to be removed: give `--older-than`, or set `retention` in the config file", "没有要清理的内容：请用 `--older-than`，或在配置文件里设置 `retention`";
    NOT_REMOVED: "cannot remove `{}`: {}", "无法删除 `{}`：{}";
    LINE_UNREAD: "cannot read `{}`, line {}: {}", "无法读取 `{}` 第 {} 行：{}";
    LINES_UNREAD: "cannot read `{}`, line {} or later: {}", "无法读取 `{}` 第 {} 行或其后：{}";
    CSV_NOT_IMPORTED: "`{}` looks like CSV, which is not imported: {}", "`{}` 像是 CSV，不能导入：{}";
    OUTPUT_UNWRITTEN: "cannot write to the standard output: {}", "无法写入标准输出：{}";
    SEQ_TWICE: "`{}`, line {}: another line has the number {}, too", "`{}` 第 {} 行的消息序号 {} 已出现过";
    ONE_URL: "recorded calls go to one `--url`", "录下的推送只能发往一个 `--url`";
    NO_CALLS: "there is no call in `{}`: nothing was compared", "`{}` 中没有推送：未作比较";
    LINE_TOO_LONG: "a line is longer than {} bytes", "有一行超过 {} 字节";

    // What clap refuses
    UNKNOWN_ARGUMENT: "unexpected argument '{}' found", "没有 '{}' 这个参数";
    UNKNOWN_COMMAND: "unrecognized subcommand '{}'", "没有 '{}' 这个命令";
    VALUE_MISSING: "a value is required for '{}' but none was supplied", "'{}' 需要一个值";
    WRONG_VALUE: "invalid value '{}' for '{}'", "'{}' 不能作为 '{}' 的值";
    WRONG_VALUE_WHY: "invalid value '{}' for '{}': {}", "'{}' 不能作为 '{}' 的值：{}";
    VALUE_TOO_MANY: "unexpected value '{}' for '{}' found; no more were expected", "多出一个值 '{}'：'{}' 不再接受";
    ARGUMENT_TWICE: "the argument '{}' cannot be used multiple times", "参数 '{}' 只能出现一次";
    ARGUMENTS_CONFLICT: "the argument '{}' cannot be used with '{}'", "参数 '{}' 不能与 '{}' 同时使用";
    ARGUMENTS_MISSING: "the following required arguments were not provided: {}", "缺少必需的参数：{}";
    ONLY_WITH: "`{}` has an effect only with `{}`", "`{}` 只有与 `{}` 一起使用才有效";
    ARGUMENT_NOT_UTF8: "invalid UTF-8 was detected in one or more arguments", "参数不是有效的 UTF-8";
    POSSIBLE_VALUES: "possible values: {}", "可选值：{}";
    SIMILAR_ARGUMENT: "a similar argument exists: '{}'", "是否想用参数 '{}'";
    SIMILAR_COMMAND: "a similar subcommand exists: '{}'", "是否想用命令 '{}'";
    SIMILAR_VALUE: "a similar value exists: '{}'", "是否想用 '{}'";

    // The service
    NO_PORT_FOR_SERVICE: "a service needs a port of its own, and `listen` says 0", "服务需要固定端口，而 `listen` 为 0";
    UNIT_UNWRITTEN: "cannot write the unit `{}`: {}", "无法写入单元 `{}`：{}";
    NO_DIRECTORY_FOR_SERVICE: "there is no directory `{}` yet, without which the service does not start", "目录 `{}` 还不存在，服务无法启动";
    SERVICE_OF_ROOT: "the service will run as root, who owns `{}`", "`{}` 属于 root，服务将以 root 身份运行";
    SECRET_IN_NO_UNIT: "`{}` comes from the environment, which a unit does not have, and a secret has no place in a unit", "`{}` 来自环境变量，服务中没有它，密钥也不应写入单元";

    // Values of flags
    NO_NUMBER: "not a number", "不是数字";
    NUMBER_MISSING: "there is none", "为空";
    NUMBER_TOO_LARGE: "too large", "数字过大";
    NOT_ABOVE_0: "not above 0", "必须大于 0";
    SLOWER_THAN_DAILY: "slower than one a day", "比每天一条还慢";
    NO_DURATION: "not a number of days or hours, such as `90d` or `36h`", "不是天数或小时数，例如 `90d` 或 `36h`";
    NO_BOOKMARK_NAME: "not a name of letters, digits, `-`, `_` and `.`, {} at most", "名称只能用字母、数字、`-`、`_` 和 `.`，最多 {} 个字符";
    NO_URL: "not a web address, such as `https://example.org/weibo`", "不是网址，例如 `https://example.org/weibo`";
    NO_SOCKET_ADDRESS: "not an IP address with a port, such as `127.0.0.1:8080`", "不是 IP 地址加端口，例如 `127.0.0.1:8080`";
    NO_JSON_PLACE: "not a place in JSON, such as `/data/time`", "不是 JSON 中的位置，例如 `/data/time`";
}
