//! TABLE: the words of several accounts.

use super::Words;

words! {
    COLUMN: "ACC", "号";
    WAITS_FOR_TOKEN: "waiting: account {} needs `access_token_file` in the config file", "等待中：请在配置文件中为账号 {} 设置 `access_token_file`";
    WAITS_FOR_OTHER_TOKEN: "waiting: the token in `access_token_file` of account {} was refused: {}", "等待中：账号 {} 的 `access_token_file` 令牌被拒：{}";
    QUEUED_NO_TOKEN: "{} queued, waiting: account {} needs `access_token_file` in the config file", "{}已排队，等待中：请在配置文件中为账号 {} 设置 `access_token_file`";
    SECRET_FIXED: "each account has its own app secret: change the file that `app_secret_file` in its [[account]] names, then restart weibox", "每个账号各有 App Secret：请修改其 [[account]] 中 `app_secret_file` 所指的文件，然后重启 weibox";
    TOKEN_FIXED: "each account has its own access token: change the file that `access_token_file` in its [[account]] names, then restart weibox", "每个账号各有访问令牌：请修改其 [[account]] 中 `access_token_file` 所指的文件，然后重启 weibox";
    SECRET_SET: "secret set", "App Secret 已设置";
    TOKEN_SET: "token set", "令牌已设置";
    TOKEN_REFUSED: "token refused", "令牌被拒";
    TOKEN_MISSING: "no token: set `access_token_file`", "缺令牌：请设置 `access_token_file`";
    HANDSHAKE_SEEN: "handshake answered {}×", "已应答握手 {} 次";
    HANDSHAKE_NONE: "no handshake yet", "尚未握手";
    MESSAGES: "messages: {}", "消息：{} 条";
}
