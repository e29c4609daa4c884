//! TABLE: why a reply is not sent, or why nobody knows whether it was sent.

codes! {
    ANSWERS_OFF: "answering is off", "未开启回复";
    ANSWER_EMPTY: "there is no text", "内容为空";
    ANSWER_TOO_MANY_CHARACTERS: "it has {} character{s}, and Weibo takes fewer than {}", "共 {} 字，须少于 {} 字";
    ANSWER_NO_POSITION: "a position is latitude and longitude, such as `39.982525,116.308586`", "位置应写纬度和经度，例如 `39.982525,116.308586`";
    ANSWER_NO_ARTICLE: "article {} lacks something: headline, summary, link and picture are a line each", "第 {} 篇图文不完整：标题、摘要、链接、图片各占一行";
    ANSWER_NO_ARTICLES: "`{}` is no list of articles: {}", "`{}` 不是图文列表：{}";
    ANSWER_TO_NOBODY: "message `{}` does not say who wrote it", "消息 `{}` 没有发送者";
    ANSWER_TO_SAMPLE: "message `{}` is a sample: it has no real sender", "消息 `{}` 是样例，没有真实的发送者";
    ANSWERED_FIRST: "somebody else answered this sender first; your reply was not sent", "已有人先回复该发送者，这条回复未发出";
    ANSWER_WRONG_SENDER: "not the number of a message, nor `uid:` and the number of a sender", "应为消息序号，或 `uid:` 加发送者编号";

    // While it waits
    ANSWER_WITHOUT_TOKEN: "there is no access token", "没有访问令牌";
    ANSWER_TOKEN_REFUSED: "another access token is needed: {}", "需要新的访问令牌：{}";
    ANSWER_LATER: "it is sent after {}: {}", "{} 之后发送：{}";

    // Outcome
    ANSWER_UNANSWERED: "it went out and no answer came: {}", "已发出但没有收到应答：{}";
    ANSWER_SALVAGED: "the archive was damaged: it may have been sent already", "存档曾损坏，可能已经发出";
    ANSWER_INTERRUPTED: "weibox ended while it was being sent", "发送过程中 weibox 退出";
    ANSWER_WITHDRAWN: "withdrawn", "已撤回";
}
