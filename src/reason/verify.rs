//! TABLE: the likely faults of a signature.

codes! {
    NOT_40_DIGITS: "a signature has 40 hex digits; this one has {} character{s}", "签名应为 40 位十六进制数字；这个有 {} 个字符";
    OTHER_DIGEST: "a signature has 40 hex digits, those of SHA-1; this one has {}, as of {}", "签名应为 SHA-1 的 40 位十六进制数字；这个有 {} 位，像是 {}";
    NOT_SORTED: "the three strings were joined without being sorted byte by byte", "三个字符串未按字节排序就拼接了";
    SECRET_WITH_SPACE: "the app secret was used with a space or a line ending around it", "使用的 App Secret 前后带有空格或换行";
    SECRET_IN_QUOTES: "the app secret was used with quotes or a byte order mark around it", "使用的 App Secret 前后带有引号或字节顺序标记（BOM）";
    OWN_SECRET_IN_QUOTES: "the app secret here has quotes around it, and the signature was made without them", "这里的 App Secret 带有引号，而签名用的没有";
    PLUS_BECAME_SPACE: "a `+` of the query became a space; `%2B` stays one", "查询串里的 `+` 变成了空格；应写作 `%2B`";
    OTHER_SECRET: "it was made with another app secret, or timestamp or nonce were changed on the way", "使用了别的 App Secret，或 timestamp、nonce 在途中被改动";
    NO_SECRET: "there is no app secret to check with; set WEIBOX_APP_SECRET or --app-secret-file", "没有可用来验证的 App Secret；请设置 WEIBOX_APP_SECRET 或 --app-secret-file";
    CUT_AT_AMPERSAND: "a shell cuts a URL at `&`; put it in quotes", "未加引号的 URL 会被 shell 在 `&` 处截断，请加上引号";
}
