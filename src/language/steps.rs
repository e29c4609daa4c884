//! TABLE: the words of the first run.

use super::Words;

words! {
    LISTENER: "Listener is up", "监听已启动";
    SECRET: "App secret", "App Secret";
    SECRET_SET: "set, calls are checked", "已设置，将校验请求签名";
    SECRET_MISSING: "not set: only this machine may call. Copy it from 粉丝服务 → 高级功能 → 开发者模式 at Weibo; Enter types it, hidden", "未设置：仅接受本机请求。在微博 粉丝服务 → 高级功能 → 开发者模式 中复制，按 Enter 输入（不显示）";
    TOKEN: "Access token", "访问令牌";
    TOKEN_SET: "set, files can be downloaded", "已设置，可下载文件";
    TOKEN_MISSING: "not set: downloads wait. Copy it from the same page, press Enter here and paste it: it stays hidden, and weibox can try it at once", "未设置：暂不下载。在同一页面复制，按 Enter 输入（不显示），并可立即验证";
    ADDRESS: "Public address", "公网地址";
    ADDRESS_HOW: "Weibo needs a public URL: {} copies a snippet (nginx, Caddy, frp, cpolar, ssh -R); Enter tries the URL with Weibo's handshake", "微博需要公网 URL：按 {} 复制配置（nginx、Caddy、frp、cpolar、ssh -R）；按 Enter 用微博的握手请求测试该 URL";
    HANDSHAKE: "Weibo's handshake", "微博握手";
    HANDSHAKE_NONE: "not yet: enter the URL at Weibo, 粉丝服务 → 高级功能 → 开发者模式", "尚未收到：请在微博 粉丝服务 → 高级功能 → 开发者模式 中填写 URL";
    HANDSHAKE_SEEN: "answered {}×", "已应答 {} 次";
    URL_TITLE: "Public URL", "公网 URL";
    URL_HOW: "Weibo's handshake is done with it from here, signed with the app secret", "从本机向它发送微博的握手请求，以 App Secret 签名";
    URL_HELP: "Enter tries it · Esc closes", "Enter 测试 · Esc 取消";
    ASK_TRY_TOKEN: "Try the token with Weibo now?", "现在向微博验证令牌？";
    TRY_TOKEN_HOW: "One call for a file that nobody has: it changes nothing", "请求一个不存在的文件，不会改变任何内容";
    AND_HINT: "{}; {}", "{}；{}";
    TRYING: "Trying …", "正在测试……";
    MESSAGE: "First message", "第一条私信";
    MESSAGE_HOW: "send the account a private message from a phone", "用手机给账号发一条私信";
    SAMPLES: "{} sample{s} so far, shown by {}; send the account a private message from a phone", "已有 {} 条样例，{} 查看；再用手机给账号发一条私信";
    ASK_SAMPLES: "Real messages are here. Make up samples among them?", "存档中已有真实消息，仍要生成样例吗？";
    SAMPLES_GO: "Samples are marked `s` and found by `is:sample`; `weibox prune --samples` removes them", "样例以 `s` 标记，可用 `is:sample` 查找，用 `weibox prune --samples` 清理";
    TITLE: "Steps to the first message", "接入步骤";
    DO: "↑ ↓ choose a step, {} runs it", "↑ ↓ 选择步骤，{} 执行";
    TRY: "{} sends one sample of each kind through the listener, {} keeps sending, {} copies a signed curl", "{} 每种消息各发一条样例，{} 持续发送，{} 复制签名的 curl";
    AUTO: "`download.auto = \"all\"` in the config file downloads files as they arrive", "在配置文件中设 `download.auto = \"all\"`，收到的文件即自动下载";
    BACK: "{} returns to the messages", "{} 返回消息列表";
    WAITING: "Waiting for the first message from Weibo.", "正在等待第一条私信。";
}
