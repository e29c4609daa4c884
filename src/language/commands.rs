//! TABLE: what commands say on stderr.

use super::Words;

words! {
    ERROR: "error: {}", "错误：{}";
    HINT: "hint: {}", "提示：{}";
    WARNING: "warning: {}", "警告：{}";
    MORE_HELP: "For more information, try '--help'.", "详情请用 '--help'。";
    AS_SERVE: "stdout is no terminal: running as `weibox serve`", "标准输出不是终端：以 `weibox serve` 运行";
    LISTENING: "listening on {}", "正在监听 {}";

    // Files
    DOWNLOADED: "{} saved in {}, {} failed, {} waiting", "已保存 {} 个到 {}，失败 {}，等待 {}";
    SERVING_FILES: "serving files on {}", "正在提供文件：{}";
    SERVING_UNTIL: "serving files until Ctrl-C", "正在提供文件，按 Ctrl-C 结束";

    // The archive
    IMPORTING_SLOWLY: "another weibox has this archive: importing slowly, so that its answers are not late", "另一个 weibox 正在使用此存档：放慢导入，以免它答复超时";
    IMPORTED: "{} imported, {} there already", "导入 {} 条，已有 {} 条";
    IMPORTED_REFUSED: "{} imported, {} there already, {} lines refused", "导入 {} 条，已有 {} 条，拒绝 {} 行";
    REINDEXED: "{} messages indexed again", "已重建 {} 条消息的索引";
    REMOVED: "{} messages and {} files ({}) removed", "已清理 {} 条消息与 {} 个文件（{}）";
    SAMPLES_WOULD_GO: "{} samples would be removed", "将清理 {} 条样例";
    WOULD_GO_BY_AGE: "{} messages and {} files ({}) from before {} would be removed", "将清理 {} 条消息与 {} 个文件（{}），早于 {}";
    WOULD_GO_OF_ARCHIVE: "archive: {} of {}, {} would be removed", "存档：{} / {}，将清理 {}";
    WOULD_GO_OF_MEDIA: "media: {} of {}, {} would be removed", "媒体文件：{} / {}，将清理 {}";
}
