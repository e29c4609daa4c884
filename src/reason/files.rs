//! TABLE: why a voice, a picture or a saved file is not available, and what the terminal and the desktop refuse.

codes! {
    // Voices and pictures
    UNKNOWN_FORMAT: "the file is of no known format", "文件格式未知";
    NO_DECODER: "there is no decoder for {}", "无法解码 {}";
    FILE_UNREADABLE: "the file cannot be read: {}", "文件无法读取：{}";
    DECODING_CANCELLED: "decoding was cancelled", "解码已取消";
    DECODING_COSTLY: "decoding takes too much time or memory", "解码耗时或占用内存过多";
    REST_MISSING: "the rest is missing", "其余缺失";
    NO_PIXELS: "there are no pixels in it", "其中没有像素";
    NO_SOUND: "there is no sound in it", "其中没有声音";
    NO_INDEX: "its index is missing, which stands at the end", "缺少位于文件末尾的索引";
    NO_HEADER: "its header is missing", "缺少文件头";
    ODD_SOUND: "{} samples a second in {} channels is no voice", "每秒 {} 个采样、{} 声道，不是语音";
    CHANGED_SOUND: "the rate or the number of channels changes", "采样率或声道数中途改变";
    PICTURE_TOO_LARGE: "too large to be shown: {}×{} pixels", "图片过大，无法显示：{}×{} 像素";
    PICTURE_STILL: "the picture does not move", "图片没有动画";
    PICTURE_NOT_ENCODED: "the picture cannot be encoded: {}", "图片无法编码：{}";
    DECODER_FAILED: "the decoder failed: {}", "解码失败：{}";
    BROKE_OFF: "it broke off", "中途出错";
    FAULT: "something broke off by a fault of weibox, which goes on; the log says more", "weibox 内部故障，某项工作中断；weibox 继续运行，详情见日志";

    // The player
    PLAYER_FILE_UNWRITTEN: "cannot write a file for the player: {}", "无法为播放器写入文件：{}";
    NO_PLAYER: "no player is there, looked for {}", "没有可用的播放器，找过 {}";
    PROGRAM_NOT_STARTED: "cannot start `{}`: {}", "无法启动 `{}`：{}";
    PROGRAM_LOST: "cannot wait for `{}`: {}", "无法等待 `{}`：{}";
    PROGRAM_ENDED: "`{}` ended with {}", "`{}` 异常退出：{}";
    ENDED_WITH: "it ended with {}", "以 {} 结束";

    // Files
    FILE_UNREAD: "cannot read `{}`: {}", "无法读取 `{}`：{}";
    FILE_UNWRITTEN: "cannot write `{}`: {}", "无法写入 `{}`：{}";
    FILE_TOO_LONG: "`{}` is longer than {} bytes", "`{}` 超过 {} 字节";
    FILE_UNOPENED: "cannot open `{}`: {}", "无法打开 `{}`：{}";
    NO_FILE_NAMED: "no file is named", "尚未输入文件名";
    TARGET_IS_DIRECTORY: "`{}` is a directory: name the file in it", "`{}` 是目录：请写上文件名";
    NO_TARGET_DIRECTORY: "there is no directory `{}`", "没有目录 `{}`";
    EXPORT_ENDING: "messages are saved as `.jsonl`, one JSON object a line, or as `.csv`, a table", "消息可存为 `.jsonl`（每行一个 JSON）或 `.csv`（表格）";
    VOICE_ENDING: "a voice is saved as `.wav`, or as received as `.{}`", "语音可存为 `.wav`，或原样存为 `.{}`";

    // Terminal and desktop
    TEXT_TOO_LONG: "the text is too long for the clipboard: {} bytes, terminals take {}", "文字过长，无法复制：{} 字节，终端最多 {} 字节";
    TERMINAL_UNWRITTEN: "cannot write to the terminal: {}", "无法写入终端：{}";
    NOT_OPENED: "cannot open it with any of {}: {}; it is `{}`", "无法打开，试过 {}：{}；要打开的是 `{}`";
    SIGNALS_FAIL: "signals do not work: {}", "无法接收系统信号：{}";
    NO_TERMINAL: "standard output is no terminal", "标准输出不是终端";
    TERMINAL_NOT_TAKEN: "cannot take over the terminal: {}", "无法接管终端：{}";
}
