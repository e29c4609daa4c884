//! TABLE: why weibox does not start, or a part of it ends.

codes! {
    NOT_LISTENING: "cannot listen on `{}`: {}", "无法监听 `{}`：{}";
    PASSED_SOCKET_UNUSABLE: "the socket that this process was started with is none to listen on: {}", "启动时传入的套接字无法用于监听：{}";
    SEVERAL_SOCKETS_PASSED: "this process was started with {} sockets, and weibox listens on one", "启动时传入了 {} 个套接字，weibox 只用一个";
    NO_METRICS: "cannot listen on `{}` for metrics: {}", "无法在 `{}` 提供指标：{}";
    FEW_FILES: "only {} files may be open, so that {} callers are served at once instead of {}", "最多只能打开 {} 个文件，因此同时只接待 {} 个连接，而不是 {} 个";
    LOG_UNWRITTEN: "cannot write the log in `{}`: {}", "无法在 `{}` 写日志：{}";
    LOG_TWICE: "the log was started twice", "日志重复启动";
    SCREEN_BROKE_OFF: "the screen broke off by a fault of weibox; every message is kept", "weibox 出错，界面中断；消息都已保存";
    PRINTING_BROKE_OFF: "printing broke off by a fault of weibox; every message is kept", "weibox 出错，输出中断；消息都已保存";
    NO_SCENARIO: "there is no scenario `{}`; there are {}", "没有场景 `{}`；可用：{}";
    WRONG_SCENARIO: "the scenario `{}` is wrong: {}", "场景 `{}` 有误：{}";
    SAMPLES_LOST: "{} of {} made-up messages were not answered as Weibo wants it", "{} / {} 条模拟消息未得到微博要求的应答";
    NO_RUNTIME: "cannot start: {}", "无法启动：{}";
    NO_DEMO_DIRECTORY: "cannot make a directory for the demo: {}", "无法为演示创建目录：{}";
    NO_DEMO_PORT: "cannot open a port for the files of the demo: {}", "无法为演示的文件打开端口：{}";
    FILES_BROKE_OFF: "serving files broke off by a fault of weibox", "weibox 内部故障，停止提供文件";
    PRUNING_BROKE_OFF: "looking for what may go broke off by a fault of weibox", "weibox 内部故障，清理中断";
    NO_LISTENER_URL: "the URL of the listener is none: {}", "监听的 URL 无效：{}";
    NO_HTTP_CLIENT: "no HTTP client could be made: {}", "无法创建 HTTP 客户端：{}";
    NO_LISTENER: "nothing is received here (`--no-listen`)", "此处不接收推送（`--no-listen`）";
}
