//! TABLE: what is wrong with a target, its answer or its settings.

codes! {
    TARGET_REFUSED: "it answered {}", "它应答 {}";
    TARGET_REDIRECTS: "it answered {}: redirects are not followed", "它应答 {}：不跟随重定向";
    TARGET_GONE: "it answered 410: it wants no more messages", "它应答 410：不再接收消息";
    TARGET_SLOW: "no answer within {} ms", "{} 毫秒内没有应答";
    TARGET_NOT_REACHED: "cannot reach it: {}", "无法连接：{}";
    TARGET_NOT_CONNECTED: "cannot reach it: no connection within {} s", "无法连接：{} 秒内未能建立连接";
    TARGET_NO_TLS: "it does not speak TLS: {}", "对方不使用 TLS：{}";
    TARGET_UNTRUSTED: "this machine does not trust its certificate: {}", "本机不信任其证书：{}";
    TARGET_NO_ANSWER: "no HTTP answer: {}", "没有 HTTP 应答：{}";
    TARGET_BROKE_OFF: "its answer broke off: {}", "应答中断：{}";

    // The body of its answer
    ANSWER_TOO_LONG: "its answer has more than {} bytes", "应答超过 {} 字节";
    ANSWER_NOT_JSON: "its answer is not a JSON object", "应答不是 JSON 对象";
    ANSWER_NO_TYPE: "its answer's `type` is none of text, articles and position", "应答的 `type` 不是 text、articles 或 position";
    ANSWER_NO_DATA: "its answer's `data` is not percent-encoded JSON of a `{}`", "应答的 `data` 不是百分号编码的 `{}` JSON";
    ANSWER_NOT_UTF8: "its answer is not UTF-8", "应答不是 UTF-8";
    ANSWER_WITH_MARK: "its answer begins with a byte order mark", "应答以字节顺序标记（BOM）开头";
    ANSWER_FIELD: "its answer's `{}` must be {}", "应答的 `{}` 必须是{}";
    ANSWER_FIELD_TWICE: "its answer has a field twice", "应答中有重复的字段";
    TRUE_OR_FALSE: "true or false", " true 或 false";
    A_TEXT: "a string", "字符串";
    ENCODED_TEXT: "percent-encoded JSON in a string", "字符串，内容是百分号编码的 JSON";
    A_LIST_OF_ARTICLES: "a list of articles, each with `display_name`, `summary`, `image` and `url` as strings", "文章列表，每篇的 `display_name`、`summary`、`image`、`url` 均为字符串";
    ANSWER_TO_OTHERS: "its answer's `{}` is not `{}`", "应答的 `{}` 不是 `{}`";

    // A message that is changed before it is sent
    EDITOR_NOT_STARTED: "`{}` could not be started: {}", "无法启动 `{}`：{}";
    EDITOR_FAILED: "`{}` failed: nothing was sent", "`{}` 失败：未发送";
    NOTHING_EDITED: "nothing was changed: nothing was sent", "没有改动：未发送";
    EDITED_NOT_JSON: "what was written is no JSON: {}; e goes on with it", "所写内容不是 JSON：{}；按 e 继续编辑";

    // Settings
    TARGET_NO_URL: "`{}` is not a web address, or has a user, a password or a fragment", "`{}` 不是网址，或含有用户、密码、片段";
    TARGET_IS_WEIBOX: "the target `{}` is weibox itself, which listens on `{}`: each message would come back", "目标 `{}` 就是 weibox 自己（监听 `{}`），消息会转回来";
    TARGET_UNENCRYPTED: "`{}` is neither on this machine nor at a private address, and messages would go there unencrypted", "`{}` 既不在本机也不是内网地址，消息会以明文发送";
    TARGET_NO_NAME: "`{}` is no name for a target", "`{}` 不能作为目标名称";
    NO_TARGET: "`{}` is neither the name of a target nor a web address", "`{}` 既不是目标名称，也不是网址";
    TARGETS: "there are {}; a target that `--forward` sets is known to that one command, so give the same flag or the address", "可用：{}；由 `--forward` 设置的目标只有那一个命令知道，请写同样的选项或地址";
    NO_TARGETS: "the settings have no target; one that `--forward` sets is known to that one command, so give the same flag or the address", "设置中没有目标；由 `--forward` 设置的目标只有那一个命令知道，请写同样的选项或地址";
    NOTHING_TO_COMPARE_WITH: "`{}` is neither the name of a target nor a file of answers nor a web address", "`{}` 既不是目标名称、应答文件，也不是网址";
    NO_SUCH_MESSAGE: "there is no message #{}", "没有消息 #{}";
    NO_SUCH_TARGET: "there is no target `{}`", "没有目标 `{}`";
    ONLY_OF_TARGET: "only targets of the settings have messages that were set aside, and `{}` is an address", "只有设置中的目标才有搁置的消息，而 `{}` 是网址";
    TARGET_TWICE: "there is a target `{}` already", "已有目标 `{}`";
    TARGET_TWO_ANSWER: "`{}` answers Weibo already, and only one target can", "`{}` 已负责应答微博，只能有一个";
    TARGET_NO_MODE: "`{}` is no mode: answer, copy or shadow", "`{}` 不是模式：answer、copy 或 shadow";
    SHADOW_OF_NONE: "a shadow needs the target that it is compared with", "shadow 需要指定比较的目标";
    SHADOW_OF_UNKNOWN: "`{}` is no target above that a shadow can be compared with", "`{}` 不是前面可供比较的目标";
    NO_SHADOW: "only a shadow is compared, here with `{}`", "只有 shadow 才与 `{}` 比较";
    TARGET_NO_TIMEOUT: "`{}` is no number of seconds from 1 to 60", "`{}` 不是 1 到 60 的秒数";
    TARGET_NO_CONCURRENCY: "`{}` is no number from 1 to 256", "`{}` 不是 1 到 256 的数";
    TARGET_NO_HEADER: "`{}` is no header, or one that weibox sets itself", "`{}` 不是请求头，或由 weibox 自己设置";
}
