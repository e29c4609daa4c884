//! TABLE: why the settings cannot be used.

codes! {
    NO_HOME: "there is no home directory: {}", "没有主目录：{}";
    VARIABLE_NOT_UTF8: "the environment variable `{}` is not UTF-8", "环境变量 `{}` 不是有效的 UTF-8";

    // The config file
    CONFIG_UNREAD: "cannot read the config file `{}`: {}", "无法读取配置文件 `{}`：{}";
    CONFIG_UNUSABLE: "cannot use the config file `{}`: line {}: {}", "无法使用配置文件 `{}`：第 {} 行：{}";
    CONFIG_TOO_LONG: "it is longer than {} bytes", "超过 {} 字节";
    CONFIG_SILENT: "nothing came from it for {} s", "{} 秒内没有读到内容";
    NOT_UTF8: "it is not UTF-8", "不是有效的 UTF-8";
    UNKNOWN_KEY: "unknown field `{}`, expected one of {}", "没有 `{}` 这项设置，可用：{}";
    KEY_MISSING: "missing field `{}`", "缺少 `{}`";
    A_STRING: "a string", "字符串";
    A_BOOLEAN: "a boolean", "布尔值";
    AN_INTEGER: "an integer", "整数";
    A_LIST: "a sequence", "列表";
    A_TABLE: "a table", "表";
    A_STRING_IS: "string", "字符串";
    AN_INTEGER_IS: "integer `{}`", "整数 `{}`";
    A_FLOAT_IS: "floating point `{}`", "小数 `{}`";
    A_BOOLEAN_IS: "boolean `{}`", "布尔值 `{}`";
    A_DATE_IS: "date", "日期";
    A_LIST_IS: "sequence", "列表";
    A_TABLE_IS: "table", "表";
    WRONG_TYPE: "`{}`: invalid type: {}, expected {}", "`{}` 的类型不对：是 {}，应为 {}";
    SECRET_IN_CONFIG: "the config file `{}` holds the {} in line {}: config files get shown and copied", "配置文件 `{}` 里写有密钥（{}，第 {} 行）：配置文件常被展示和复制";
    KEYS_UNUSABLE: "cannot use the keys in `{}`, line {}: {}", "无法使用 `{}` 第 {} 行的按键：{}";
    NO_ACTION: "`{}` is no action", "没有 `{}` 这个操作";
    NO_KEY_NAMED: "`{}` names no key", "`{}` 没有写出按键";
    NO_KEY: "`{}` is no key; keys are single characters, f1 to f12, or one of {}", "没有 `{}` 这个键；键是单个字符、f1 到 f12，或 {} 之一";
    KEY_BOUND_TWICE: "`{}` is bound to `{}` and to `{}`", "`{}` 同时绑定到 `{}` 与 `{}`";
    TAB_UNUSABLE: "cannot use the tab in `{}`, line {}: `{}`: {}", "无法使用 `{}` 第 {} 行的标签页：`{}`：{}";

    // Reply rules
    REPLY_UNUSABLE: "cannot use the reply rule in `{}`, line {}: {}", "无法使用 `{}` 第 {} 行的回复规则：{}";
    REPLY_EMPTY_WORD: "`words` holds an empty word, which would match everything", "`words` 里有空词，会匹配一切";
    REPLY_NOT_ONE: "it needs exactly one of `text`, `articles` and `position`", "`text`、`articles` 与 `position` 须恰好有一项";
    REPLY_EMPTY: "`{}` is empty", "`{}` 为空";
    REPLY_FIELD: "`{}` holds `{}`, and rules send their text as it is: only quick replies have fields", "`{}` 含有 `{}`：回复规则按原文发送，只有快捷回复支持字段";
    REPLY_TOO_LONG: "`text` has {} characters, Weibo takes fewer than {}", "`text` 有 {} 个字符，微博只接受少于 {} 个";
    REPLY_ARTICLES: "`articles` has {} {entry|entries}, Weibo takes {} to {}", "`articles` 有 {} 项，微博接受 {} 到 {} 项";
    REPLY_NO_DEGREES: "`{}` is `{}`, not a number from {} to {}", "`{}` 是 `{}`，不是 {} 到 {} 的数";
    REPLY_NO_ADDRESS: "`{}` is `{}`, not a web address", "`{}` 是 `{}`，不是网址";
    REPLY_NO_KIND: "`kind` is `{}`, not one of {}", "`kind` 是 `{}`，不是 {} 之一";

    // Quick replies
    QUICK_UNUSABLE: "`{}`, line {}: {}", "`{}` 第 {} 行：{}";
    QUICK_NO_KIND: "`{}` is no kind of message, which is one of {}", "没有 `{}` 这种消息类型，可用：{}";
    QUICK_NO_FILE: "it is no file", "不是普通文件";
    QUICK_TOO_MANY: "`{}` has {} quick replies; the first {} are read", "`{}` 中有 {} 个快捷回复，只读取前 {} 个";

    // Accounts
    ACCOUNT_UNUSABLE: "cannot use the account in `{}`, line {}: {}", "无法使用 `{}` 第 {} 行的账号：{}";
    ALERT_UNUSABLE: "`{}`, line {}: {}", "`{}` 第 {} 行：{}";
    TARGET_UNUSABLE: "`{}`, line {}: a target cannot be used: {}", "`{}` 第 {} 行：目标不可用：{}";
    ACCOUNT_NO_NAME: "`{}` is no name", "`{}` 不能作为名称";
    ACCOUNT_TWICE: "there is another `{}`", "已有另一个 `{}`";
    ACCOUNT_NO_PATH: "`{}` is no path", "`{}` 不是路径";
    ACCOUNT_SAME_PATH: "`{}` is the path of `{}`, too", "`{}` 也是 `{}` 的路径";
    ACCOUNT_NO_SECRET: "`{}` has no app secret", "`{}` 没有 App Secret";
    SETTING_NOBODYS: "`{}` ({}) is nobody's: there are accounts", "`{}`（{}）不属于任何账号：已有多个账号";
    NO_SUCH_ACCOUNT: "there is no account `{}`", "没有账号 `{}`";

    // Values
    NO_VALUE: "`{}` is not a valid value for `{}` ({})", "`{}` 不是 `{}` 的有效值（{}）";
    PEM_FOR_FILE: "`{}` holds a key itself, not the name of its file", "`{}` 里是密钥本身，不是文件名";
    NO_TEMPLATE: "`{}` is not a valid value for `{}` ({}): {}", "`{}` 不是 `{}` 的有效值（{}）：{}";
    TEMPLATE_NO_FIELD: "`{}` is no field", "没有 `{}` 这个字段";
    TEMPLATE_BRACE: "a brace stands alone", "花括号不成对";
    TEMPLATE_ENDING: "it does not end in `.{ext}`", "没有以 `.{ext}` 结尾";
    TEMPLATE_NAME: "`{}` is no name for a file or directory", "`{}` 不能作为文件或目录名";
    TEMPLATE_LONG: "it is too long", "太长";
    BY_DEFAULT: "default", "默认值";
    BY_FILE: "file {}", "来自文件 {}";
    BY_LINE: "file {}, line {}", "来自文件 {} 第 {} 行";
    BY_VARIABLE: "environment {}", "来自环境变量 {}";
    BY_KEPT: "kept in {}", "保存在 {}";
    BY_FLAG: "flag {}", "来自选项 {}";

    // Values in `weibox config`
    NOT_SET: "not set", "未设置";
    NONE_SHOWN: "none", "无";
    SECRET_SHOWN: "set, {} character{s}", "已设置，{} 个字符";
    BYTES_SHOWN: "{} byte{s}", "{} 字节";
    TABS_SHOWN: "{} tab{s}", "{} 个标签页";
    RULES_SHOWN: "{} rule{s}", "{} 条规则";
    KEYS_OF_HELP: "as in the help", "与帮助所列相同";
    KEYS_CHANGED: "changed", "已修改";
    ONE_ACCOUNT: "one", "单个账号";
    ACCOUNT_SHOWN: "{} at {}", "{}（{}）";
    ALERT_SHOWN: "{} by {}", "{}（{}）";
    LISTED: "{}, {}", "{}，{}";
    AND: "{} and {}", "{}、{}";

    // Secrets
    SECRET_UNREAD: "cannot read the {} in `{}`: {}", "{}：无法读取 `{}`：{}";
    SECRET_FOR_FILE: "what stands for the file of the {} looks like the secret itself", "{}：填写文件路径处疑似填入了密钥本身";
    SECRET_UNKEPT: "cannot keep the {} in `{}`: {}", "{}：无法保存到 `{}`：{}";
    SECRET_UNUSABLE: "the {} in `{}` {}", "{}（`{}`）{}";
    WHAT_WAS_TYPED: "what was typed", "输入的内容";
    SECRET_EMPTY: "is empty", "为空";
    SECRET_SPACE: "starts or ends with a space", "首尾有空格";
    SECRET_BREAK: "has a space or a line ending in it", "含有空格或换行";
    SECRET_FOREIGN: "has a character that is not printable ASCII", "含有非 ASCII 可打印字符";
    SECRET_LONG: "is too long", "过长";

    // The listener
    HALF_TLS: "`{}` is missing: a certificate and its key must be set together", "缺少 `{}`：证书与私钥必须同时设置";
    OPEN_LISTENER: "refusing to listen on `{}` without an app secret: anyone could post messages", "没有 App Secret，拒绝监听 `{}`：任何人都能投递消息";

    // Warnings
    UNKNOWN_VARIABLE: "weibox has no environment variable `{}`, so it is ignored", "weibox 没有环境变量 `{}`，已忽略";
    OTHERS_READ: "others can open the file of the {}; `chmod 600 {}` keeps it yours", "{}：他人可以打开其文件；用 `chmod 600 {}` 只留给自己";
    OTHERS_READ_CONFIG: "others can open the config file; `chmod 600 {}` keeps it yours", "他人可以打开配置文件；用 `chmod 600 {}` 只留给自己";
    NO_TOKEN: "`download.auto` is `{}` and there is no access token: files wait", "`download.auto` 为 `{}`，但没有访问令牌：暂不下载文件";
    TOKEN_UNENCRYPTED: "the access token goes unencrypted to `{}`; use https", "访问令牌以明文发往 `{}`；请用 https";
}
