//! TABLE: the words of `weibox status`.

use super::Words;

words! {
    HOLDER: "serving", "运行状态";
    NOBODY_SERVES: "nobody serves this archive", "没有 weibox 在使用此存档";
    UNKNOWN_HOLDER: "a process that could not be asked", "无法查询的进程";
    NOT_ASKED: "process {} ({}), which could not be asked", "进程 {}（{}），无法查询";
    SERVED_BY: "{}, process {}, weibox {}, since {}", "{}，进程 {}，weibox {}，自 {} 起";
    LISTENING_ON: "listening on", "监听";
    MESSAGES: "messages", "消息";
    MESSAGE_FIGURES: "{} kept, the last is #{}; {} in the last minute", "已保存 {} 条，最新 #{}；最近一分钟 {} 条";
    LAST_MESSAGE: "{} kept, the last is #{}", "已保存 {} 条，最新 #{}";
    LAST_CALL: "last call", "上次推送";
    LAST_HANDSHAKE: "last handshake", "上次握手";
    NEVER: "none yet", "尚无";
    ATTACHED: "attached dashboards", "已连接的界面";
    DOWNLOADS: "files", "文件";
    DOWNLOAD_FIGURES: "{} waiting, {} of them running, {} failed, {} saved", "等待 {}，其中下载中 {}，失败 {}，已保存 {}";
    REPLIES: "replies", "回复";
    REPLY_FIGURES: "{} waiting, {} refused, {} with an unknown outcome", "等待 {}，被拒 {}，结果未知 {}";
    FOLLOWER: "follower", "读取方";
    FOLLOWER_FIGURES: "{}: at #{}, {} behind", "{}：读到 #{}，落后 {} 条";
    OF_ALERT: "alert {} to {}", "提醒 {}（{}）";
    TARGET: "bot", "机器人";
    TARGET_LAGS: "{}, {} behind for {} s", "{}，落后 {} 条（{} 秒）";
    TARGET_FIGURES: "{}: {}; {} delivered, {} attempt{s} failed, {} set aside, {} different", "{}：{}；送达 {}，失败 {} 次，搁置 {}，不同 {}";
    TARGET_ERROR: "{}: {}", "{}：{}";
    TROUBLE: "trouble", "故障";
}
