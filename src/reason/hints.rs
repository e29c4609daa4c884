//! TABLE: hints on what to do about a failure.

codes! {
    DID_YOU_MEAN: "did you mean `{}`?", "是否想用 `{}`？";
    DID_YOU_MEAN_ONE: "did you mean {}?", "是否想用 {}？";
    IT_TAKES: "it takes {}", "可填：{}";
    THERE_ARE: "there are {}", "可用：{}";

    // Files and voices
    INSTALL_PLAYER: "install one, set `voice.player`, or s saves a WAV", "请安装播放器、设置 `voice.player`，或按 s 存为 WAV";
    SAVE_WAV: "s saves a WAV", "按 s 存为 WAV";
    SAVE_TEXT: "save the text to a file instead", "请改为保存到文件";
    NO_DESKTOP: "over ssh there is no desktop to open it; copy it and open it where you are", "SSH 下没有桌面可用：请复制到本地打开";

    FAILING_DISK: "ask the system's log about the disk; nothing was put aside or changed", "请查看系统日志中的磁盘错误；存档未被改动";
    ALLOW_FILES: "the limit of open files is too low: raise it with `ulimit -n {}`, or with `LimitNOFILE={}` in a unit of systemd", "打开文件数的上限过低：用 `ulimit -n {}` 提高，或在 systemd 单元中设置 `LimitNOFILE={}`";

    // Settings
    SET_HOME: "set `HOME` to a directory that you may write to", "把 `HOME` 设为可写的目录";
    MOVE_TO_ACCOUNT: "move it into the `[[account]]` that it belongs to", "把它移到所属的 `[[account]]` 里";
    NO_ACCOUNTS: "the config file has no `[[account]]`; the one account has no name", "配置文件没有 `[[account]]`；唯一的账号没有名称";
    READABLE_CONFIG: "name a file that you may read with `--config`", "用 `--config` 指定可读的文件";
    READABLE_SECRET: "name a file that you may read with `{}`", "用 `{}` 指定可读的文件";
    FILE_OF_YOUR_OWN: "put it into a file of your own and name that in the config", "请自行存入文件，并在配置中指明该文件";
    MOVE_SECRET: "move it to a file that only you can read, and name that with `{}`", "移到只有自己可读的文件里，再用 `{}` 指定该文件";
    NAME_WITH: "name it with `{}`", "用 `{}` 指定";
    SET_SECRET: "set `WEIBOX_APP_SECRET` or `--app-secret-file`; `--insecure-accept-unsigned` takes messages from anyone", "请设置 `WEIBOX_APP_SECRET` 或 `--app-secret-file`；`--insecure-accept-unsigned` 接受任何人的消息";
    WRITE_LIST: "write a list, such as `[\"one\", \"two\"]`", "请写成列表，例如 `[\"one\", \"two\"]`";
    WRITE_TABLES: "write `[[{}]]`, with two brackets: there may be several", "请写成 `[[{}]]`（两层方括号）：可以有多个";
    WRITE_QUOTES: "write it in quotes", "请加引号";
    NAME_FOR_EACH: "give each account a name of its own", "给每个账号各起一个名称";
    PATH_FOR_EACH: "the path tells whom a call is for: give each account one of its own", "请求按路径归属账号：每个账号要有自己的路径";
    NAME_SECRET_FILE: "name the file that holds it with `app_secret_file`", "用 `app_secret_file` 指定存放它的文件";
    ACCOUNT_NAME: "up to {} letters, digits, `-` and `_`", "最多 {} 个字母、数字、`-` 与 `_`";
    NAME_FOR_EACH_TARGET: "give each target a name of its own", "给每个目标各起一个名称";
    TARGET_URL: "write the address as your bot has it, such as `http://127.0.0.1:5000/weibo`; a password goes into `headers`", "请写机器人自己的地址，例如 `http://127.0.0.1:5000/weibo`；密码写在 `headers` 中";
    TARGET_HTTPS: "use `https`, or say that you know with `insecure_http = true`", "请用 `https`，或以 `insecure_http = true` 表明知情";
    TARGET_MODES: "one target at most has `mode = \"answer\"`; the others have `copy` or `shadow`", "最多一个目标用 `mode = \"answer\"`，其余用 `copy` 或 `shadow`";
    TARGET_COMPARE: "`mode = \"shadow\"` goes with `compare = \"NAME\"`, the name of a target above with another mode", "`mode = \"shadow\"` 与 `compare = \"名称\"` 一起使用，名称是前面另一种模式的目标";
    TARGET_LIMITS: "leave it out for 10 seconds and 64 calls at once", "不写则为 10 秒、同时 64 个请求";
    TARGET_HEADERS: "`headers` is for names and values such as `{ Authorization = \"Bearer …\" }`", "`headers` 用于名称与值，例如 `{ Authorization = \"Bearer …\" }`";

    NAME_OF_ITS_OWN: "give each a name of its own", "请各起一个名称";
    CHANNEL_URL: "name the file that holds it with `url_file`, or write it with `url`", "用 `url_file` 指定存放网址的文件，或用 `url` 直接写出";
    CHANNEL_KEYS: "robots take `url_file` and `secret_file`, a webhook `url` and `template`, a program `program`", "机器人用 `url_file` 与 `secret_file`，webhook 用 `url` 与 `template`，程序用 `program`";
    CHANNEL_PROGRAM: "write it as `program = [\"/usr/local/bin/ring\", \"--now\"]`; no shell reads it", "请写成 `program = [\"/usr/local/bin/ring\", \"--now\"]`；不经 shell";
    CHANNEL_TEMPLATE: "write JSON with places in its strings, such as `'{\"text\": \"{title}: {text}\"}'`", "请写 JSON，在字符串中留位置，例如 `'{\"text\": \"{title}：{text}\"}'`";
    ALERT_TABLE: "write a table `[[alert]]` into the config file; `assets/config.toml` explains it", "请在配置文件中写一个 `[[alert]]` 表；说明见 `assets/config.toml`";
    ALERT_QUERY: "write `query = \"退款\"` for messages, or `trouble = true` for what is wrong with weibox itself", "请写 `query = \"退款\"` 提醒消息，或 `trouble = true` 提醒 weibox 自身的问题";
    ALERT_ARRIVES: "an alert rings for messages that come; leave that word out", "提醒只针对新来的消息；请去掉该条件";
    ALERT_BY: "write `by = [\"terminal\"]`, `desktop`, or the names of channels", "请写 `by = [\"terminal\"]`、`desktop`，或渠道名称";
    ALERT_QUIET: "write `23:00-08:00`, or `23:00-08:00 +09:00` by another clock than China's", "请写 `23:00-08:00`；不用北京时间则写 `23:00-08:00 +09:00`";
    ALERT_EVERY: "write `30s`, `5m` or `1h`; left out, it is 30s", "请写 `30s`、`5m` 或 `1h`；不写则为 30s";
    ALERT_SHOW: "count says how many, name also who sent the last, all also what it says", "count 只说数量，name 还说最近是谁发的，all 还显示内容";
    ENABLE_ANSWERS: "set `[answers] enabled = true` in the config file, or `--answers`, where weibox listens", "请在监听的 weibox 的配置文件中设置 `[answers] enabled = true`，或使用 `--answers`";

    // The start
    SALVAGE: "start `weibox` again: it puts the archive aside and saves what can be read of it", "再次启动 `weibox`：它会把存档移到一旁，并抢救能读出的内容";
    START_ONCE: "start `weibox` once, or name another directory with `--data-dir`", "先启动一次 `weibox`，或用 `--data-dir` 指定别的目录";
    IMPORT_TAKES: "import takes files of JSON lines, as `weibox export` prints them, or the directory of a damaged archive that was put aside", "import 接受每行一个 JSON 的文件（即 `weibox export` 的输出），或移到一旁的损坏存档的目录";
    LATER_WEIBOX: "use the weibox that wrote it, or a later one", "请用写下它的 weibox，或更新的版本";
    MIGRATE: "start `weibox` once, which brings it to this version", "启动一次 `weibox`，存档会升级到此版本";
    AS_OWNER: "be the user whose archive it is, as with `sudo -u`", "请以存档所属用户的身份运行，例如 `sudo -u`";
    SOCKET_COMES_BACK: "a socket that was removed is made again within 30 seconds; what is in its place must go first", "套接字被删除后会在 30 秒内重建；若其位置有别的文件，请先移走";
    MAKE_DATA_DIR: "`install -d -o USER -m 700 {}` makes it; print the units again then, because they name its owner", "先用 `install -d -o 用户 -m 700 {}` 创建，再重新生成单元：单元里写着目录的所有者";
    GIVE_DATA_DIR: "give it to a user of its own, with `chown -R USER {}`, and print the units again", "建议用 `chown -R 用户 {}` 交给专用用户，再重新生成单元";
    SERVE_FIRST: "start `weibox` or `weibox serve` first", "请先启动 `weibox` 或 `weibox serve`";
    STOP_OTHER: "`weibox attach` shows it; or stop that process, or name another directory with `--data-dir`", "`weibox attach` 可显示它；或停止该进程，或用 `--data-dir` 指定别的目录";
    ATTACH_OR_STOP: "leave the flag out to attach, or stop that process first", "去掉该选项即可连接，或先停止该进程";
    WRITABLE_DATA_DIR: "name a directory that you may write to with `--data-dir`", "用 `--data-dir` 指定可写的目录";
    OTHER_PORT: "another program has this port; choose one with `--listen`, 0 for any", "端口已被其他程序占用；用 `--listen` 另选，0 为任意";
    HIGH_PORT: "ports below 1024 need privileges; choose another with `--listen`", "1024 以下的端口需要特权；用 `--listen` 另选";
    OWN_ADDRESS: "this machine has no such address; choose one with `--listen`", "本机没有此地址；用 `--listen` 另选";
    ON_TERMINAL: "start it on a terminal; over SSH that is `ssh -t host weibox attach`", "请在终端中运行；经 SSH 时用 `ssh -t 主机 weibox attach`";
    REPORT_LOG: "start `weibox` again, and report what the last lines of the log in `{}` say", "请重新启动 `weibox`，并报告日志（`{}`）最后几行的内容";
}
