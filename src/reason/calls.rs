//! TABLE: the reasons for the answers to calls: what listener, signature and protocol find in them.

codes! {
    HANDSHAKE_ANSWERED: "handshake answered", "已应答握手";
    PARAMETER_MISSING: "`{}` is missing from the query", "查询串缺少 `{}`";
    PARAMETER_TWICE: "`{}` is twice in the query", "查询串中 `{}` 出现两次";
    WRONG_SIGNATURE: "the signature does not match the app secret", "签名与 App Secret 不符";
    WRONG_SIGNATURE_OF: "the signature does not match the app secret: SHA-1 of the sorted secret (hidden), timestamp `{}` and nonce `{}`: wanted {}…, got {}…", "签名与 App Secret 不符：对排序后的密钥（已隐藏）、timestamp `{}` 与 nonce `{}` 求 SHA-1：应为 {}…，收到 {}…";
    WRONG_SIGNATURE_OF_SPACES: "the signature does not match the app secret: SHA-1 of the sorted secret (hidden), timestamp `{}` and nonce `{}`: wanted {}…, got {}…; a space there may have been a `+` before a proxy", "签名与 App Secret 不符：对排序后的密钥（已隐藏）、timestamp `{}` 与 nonce `{}` 求 SHA-1：应为 {}…，收到 {}…；其中的空格可能是代理改写的 `+`";
    STALE_SIGNATURE: "the signature's timestamp, in milliseconds, is not of the last {} s", "签名的时间戳（毫秒）不在最近 {} 秒内";
    ADDRESS_NOT_ALLOWED: "this address may not call here", "不允许此地址访问";
    WRONG_PATH: "the callback path is `{}`", "回调路径应为 `{}`";
    WRONG_PATH_SLASH: "the callback path is `{}`; this one has a slash too many", "回调路径应为 `{}`；收到的路径多了一个斜杠";
    NOBODYS_PATH: "this is the callback path of no account", "这不是任何账号的回调路径";
    NOBODYS_PATH_SLASH: "this is the callback path of no account; it has a slash too many", "这不是任何账号的回调路径；它多了一个斜杠";
    WRONG_METHOD: "only GET, HEAD and POST are answered here", "此处只应答 GET、HEAD 与 POST";
    FROM_WEB_PAGE: "the call comes from a web page (`{}`): such calls are taken only if they are signed, and no app secret is set", "请求来自网页（`{}`）：此类请求须有签名才接收，而此处未设置 App Secret";
    NO_SECRET_FOR_HANDSHAKE: "no app secret is set, so that no handshake can be answered", "未设置 App Secret，无法应答握手";
    BODY_TOO_LONG: "the body is longer than {} bytes", "请求体超过 {} 字节";
    BODIES_TOO_MANY: "too many long bodies at once", "同时到达的长请求体过多";
    SIGNATURE_TOO_MUCH: "too many long bodies with one signature", "同一签名的长请求体过多";
    SIGNATURE_TOO_OFTEN: "too many calls at once with one signature", "同一签名的请求同时过多";
    BODY_PACKED: "the body is packed as `{}`, which is not unpacked here", "请求体以 `{}` 压缩，此处不支持解压";
    BODY_UNREAD: "the body could not be read: {}", "请求体无法读取：{}";
    BODY_SLOW: "the body took too long", "请求体传输过慢";
    ARCHIVE_SLOW: "the archive is too slow", "存档响应过慢";

    // The head of a request
    HEAD_TOO_LONG: "the head is too long", "请求头过长";
    PROXY_PROTOCOL: "a PROXY-protocol line stands before the request: turn off `send-proxy` (HAProxy) or `proxy_protocol` (nginx) towards weibox, and let the proxy write `X-Forwarded-For`", "请求之前有一行 PROXY 协议：请在代理上关闭发往 weibox 的 `send-proxy`（HAProxy）或 `proxy_protocol`（nginx），改用 `X-Forwarded-For`";
    HEAD_LINE_WITHOUT_CR: "a line of the head ends without a carriage return", "请求头的一行缺少回车符";
    HEAD_CONTROL: "a line of the head has a control character in it", "请求头的一行含有控制字符";
    HEADER_FOLDED: "a header is folded", "请求头字段折行";
    HEADER_WITHOUT_COLON: "a header has no colon", "请求头字段缺少冒号";
    HEADER_SPACE: "the name of a header has a space in it", "请求头字段名含有空格";
    HEADER_TWICE: "`{}` is twice in the head", "请求头中 `{}` 出现两次";
    LENGTH_NO_NUMBER: "`content-length` is no number", "`content-length` 不是数字";
    NOT_CHUNKED: "`transfer-encoding` is not `chunked`", "`transfer-encoding` 不是 `chunked`";
    TWO_LENGTHS: "the head has both `content-length` and `transfer-encoding`", "请求头同时含有 `content-length` 与 `transfer-encoding`";

    // Its body
    BODY_EMPTY: "the body is empty", "请求体为空";
    BODY_XML: "the body is XML; switch the account's push format to JSON with `eps/push/set_format`", "请求体是 XML；请用 `eps/push/set_format` 把推送格式改为 JSON";
    BODY_NOT_JSON: "the body is not JSON: {}", "请求体不是 JSON：{}";
    BODY_NO_OBJECT: "the body is JSON, but not an object", "请求体是 JSON，但不是对象";
    TYPE_MISSING: "`type` is missing", "缺少 `type`";
    TYPE_NO_WORD: "`type` is not a word", "`type` 不是字符串";
}
