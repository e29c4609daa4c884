//! TABLE: why a dashboard is not, or no longer, attached to the process that holds the archive.

codes! {
    NOBODY_SERVES: "nobody serves the archive in `{}`", "没有进程在使用 `{}` 里的存档";
    NO_SOCKET: "cannot attach to the archive in `{}`: {}", "无法连接 `{}` 里的存档：{}";
    NO_DOOR: "dashboards cannot attach: no socket in `{}`: {}", "其他界面无法连接：`{}` 里建不了套接字：{}";
    HOLDER_WITHOUT_SOCKET: "{} holds the archive and has no socket, for which its log has the reason: nobody can attach", "{} 持有存档，但没有套接字，无法连接；原因见其日志";
    NO_ANSWER: "the process that holds the archive does not answer", "持有存档的进程没有应答";
    OTHER_USER: "this archive belongs to another user", "此存档属于另一个用户";
    TOO_MANY: "{} dashboards are attached already", "已连接 {} 个界面";
    NO_HELLO: "no dashboard of weibox: nothing was said", "不是 weibox 的界面：没有收到握手";
    NOT_UNDERSTOOD: "no dashboard of weibox: that was not understood", "不是 weibox 的界面：无法理解收到的内容";
    ORDER_UNKNOWN: "the weibox that listens ({}) cannot do that: upgrade it and start it again", "监听中的 weibox（{}）不支持此操作：请升级并重启它";
    HOLDER_TOO_OLD: "the weibox that listens is too old ({}; this is {}): upgrade it and start it again", "监听中的 weibox 版本过旧（{}；本程序是 {}）：请升级并重启它";
    DASHBOARD_TOO_OLD: "this weibox is too old (the one that listens is {}; this is {}): upgrade this one", "本程序版本过旧（监听中的 weibox 是 {}；本程序是 {}）：请升级本程序";
    HOLDER_STOPS: "weibox has stopped listening: reading only", "weibox 已停止监听：只能阅读";
    HOLDER_MOVES: "weibox goes on listening in the background: back in a moment", "weibox 转入后台继续监听：稍后自动恢复";
    HOLDER_GONE: "the process that listens has gone: reading only", "监听进程已退出：只能阅读";
    HOLDER_SILENT: "the process that listens does not answer: reading only", "监听进程没有应答：只能阅读";
    HOLDER_STOPPED: "the process that listens is stopped: reading only; `kill -CONT {}` lets it go on", "监听进程已被暂停：只能阅读；`kill -CONT {}` 可让它继续";
    HOLDER_LATE: "the process that listens has not answered for a second", "监听进程已有一秒没有应答";
    HOLDER_ANSWERS: "the process that listens answers again", "监听进程已恢复应答";
    READS_ONLY: "read-only: nothing can be changed from here", "只读：此界面不能修改任何内容";
    TOO_LONG: "the answer is too long", "应答过长";
    ATTACHED: "attached to process {} ({}); q leaves, and it goes on listening", "已连接进程 {}（{}）；按 q 离开，该进程继续监听";
    ONLY_FOR_LISTENER: "`{}` would do nothing here: {} listens already", "`{}` 在此不起作用：{} 已在监听";
    NO_SUCCESSOR: "nobody goes on listening in the background: {}", "无法转入后台监听：{}";
    NOTHING_TO_TAKE_OVER: "there is nothing to take over: {}", "没有可接管的监听：{}";
    NOBODY_LISTENS: "nobody listens: not done", "监听已停止：未执行";
}
