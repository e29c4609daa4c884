//! TABLE: why Weibo would not bind a callback URL: the first difference of an answer from its own echo (protocol §1).

codes! {
    HANDSHAKE_NO_CLIENT: "no call can be made: {}", "无法发出请求：{}";
    HANDSHAKE_UNKNOWN_HOST: "no address is known for `{}`", "查不到 `{}` 的地址";
    HANDSHAKE_REFUSED: "connection refused: nothing listens there", "没有程序在监听：连接被拒绝";
    HANDSHAKE_UNREACHABLE: "not reachable: {}", "无法到达：{}";
    HANDSHAKE_TIMED_OUT: "no answer within 5 s, when Weibo hangs up", "5 秒内没有应答，微博会挂断";
    HANDSHAKE_HUNG_UP: "the connection was closed without an answer", "连接未应答就被关闭";
    HANDSHAKE_NO_TLS: "it does not speak TLS there", "对方不支持 TLS";
    HANDSHAKE_TLS_FAILED: "TLS failed: {}", "TLS 失败：{}";
    HANDSHAKE_NO_HTTP: "the answer is not HTTP", "应答的不是 HTTP";
    HANDSHAKE_REDIRECTED: "redirected ({}) to {}", "被重定向（{}）到 {}";
    HANDSHAKE_HTML_CAME: "an HTML page came back ({}): {}", "返回的是 HTML（{}）：{}";
    HANDSHAKE_WRONG_SECRET: "the signature was refused: the other side has another app secret, or the query was changed on the way", "签名被拒绝：对方的 App Secret 不同，或查询串在途中被改动";
    HANDSHAKE_STALE: "the signature was refused as too old: the clocks differ", "签名因过旧被拒绝：两边时钟不一致";
    HANDSHAKE_DENIED: "refused ({}): {}", "被拒绝（{}）：{}";
    HANDSHAKE_NOT_FOUND: "path not found (404): {}", "该路径不存在（404）：{}";
    HANDSHAKE_GATEWAY: "the proxy cannot reach weibox ({})", "代理连不上 weibox（{}）";
    HANDSHAKE_STATUS: "answered {} instead of 200: {}", "应答 {} 而不是 200：{}";
    ECHO_EMPTY: "the answer is empty", "应答为空";
    ECHO_QUOTED: "the echo came back in quotes", "echostr 被加上了引号";
    ECHO_PLUS: "`+` became a space", "`+` 变成了空格";
    ECHO_STILL_ENCODED: "the echo came back percent-encoded", "echostr 仍是百分号编码";
    ECHO_MARKED: "a byte order mark precedes the echo", "echostr 前有字节顺序标记（BOM）";
    ECHO_BLANKS: "blanks or line breaks surround the echo", "echostr 前后有空白或换行";
    ECHO_SURROUNDED: "more than the echo came back: {}", "除 echostr 外还有别的内容：{}";
    ECHO_SOMETHING_ELSE: "something else came back: {}", "返回的是别的内容：{}";
}
