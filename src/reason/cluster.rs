//! TABLE: what is wrong with a cluster, its servers and its stream.

codes! {
    NO_SERVER: "none of the cluster's servers can be reached ({}): {}", "集群服务器均无法连接（{}）：{}";
    WRONG_CREDENTIALS: "the cluster's servers refuse the user or the password", "集群服务器拒绝了用户名或密码";
    SERVER_TLS: "no TLS with the cluster's servers: {}", "与集群服务器的 TLS 连接失败：{}";
    CLUSTER_PASSWORD_MISSING: "`cluster.user` is set, and there is no password", "设置了 `cluster.user`，但没有密码";
    NO_JETSTREAM: "the cluster's servers do not answer for their streams: {}", "集群服务器的流服务没有应答：{}";
    NO_QUORUM: "the stream `{}` has no leader: fewer than half of its servers are there", "流 `{}` 没有主节点：在线服务器不足半数";
    STREAM_MISSING: "there is no stream `{}` on the cluster's servers", "集群服务器上没有流 `{}`";
    STREAM_FOREIGN: "the stream `{}` is not weibox's: {}", "流 `{}` 不属于 weibox：{}";
    STREAM_UNLIKE: "its {} is not {}", "它的 {} 不是 {}";
    STREAM_TAKEN: "another stream has the subjects `weibox.…` already", "主题 `weibox.…` 已被另一个流占用";
    STREAM_UNMADE: "the stream `{}` could not be made: {}", "无法创建流 `{}`：{}";
    FEW_REPLICAS: "the servers cannot keep {} {copy|copies} of the stream: {}", "服务器无法保存流的 {} 个副本：{}";
    COPIES_BEHIND: "of the {} copies of the stream only {} {is|are} up to date", "流的 {} 个副本中只有 {} 个是最新的";
    NOT_CLUSTERED: "there is no `[cluster]` in the settings", "设置中没有 `[cluster]`";
    FOLLOWING_BROKE_OFF: "the stream could not be read on: {}", "无法继续读取流：{}";
    STREAM_LOST: "the stream has lost what it had: it is read again, and told what it lacks", "流丢失了数据：正在重新读取并补发";
    STRANGE_EVENT: "{} {event in the stream is not weibox's, and was|events in the stream are not weibox's, and were} left out; the last at {}: {}", "流中有 {} 个事件不属于 weibox，已略过；最后一个位于 {}：{}";
    NO_SUBJECT: "its subject is `{}`", "其主题为 `{}`";
    NO_FORMAT: "it has no header `{}` that this weibox understands", "没有此版本 weibox 能识别的 `{}` 头";
    NO_EVENT: "it is no event: {}", "不是事件：{}";
    OTHER_IDENTITY: "its id is not that of its message", "其 ID 与消息不符";
    EVENT_TOO_LONG: "it has {} bytes", "长达 {} 字节";
    TOLD_TOO_LONG: "{} {message is|messages are} longer than the servers take ({} bytes); what is too long stays on this node", "{} 条消息超过服务器上限（{} 字节），仅保留在本节点";
    EVENTS_MISSED: "{} {event was|events were} gone from the stream before this node got there: their messages are asked for at the other nodes", "本节点读取之前，流中已有 {} 个事件过期：正在向其他节点索取其中的消息";
    GAPS: "{} {message that another node has is missing here, and was|messages that another node has are missing here, and were} asked for", "其他节点有 {} 条消息在本节点缺失，已请求补发";
    CLOCKS_APART: "the clocks of this node and of `{}` are {} s apart", "本节点与 `{}` 的时钟相差 {} 秒";
    NODE_TWICE: "another node is called `{}` as well: set `cluster.node`", "另一个节点也叫 `{}`：请设置 `cluster.node`";
    SYNC_UNKNOWN: "nobody tells whether the servers write before they answer: set `cluster.monitor`", "不知道服务器是否先落盘再应答：请设置 `cluster.monitor`";
    SYNC_LATE: "the servers write what they have late ({}): a power cut of all of them at once loses what came since, and the nodes tell it again", "服务器较晚落盘（{}）：若全部同时断电，其间的数据会丢失，由各节点补发";
    STREAM_FEWER: "the stream `{}` is there already with {} {copy|copies}, and {} {was|were} asked for", "流 `{}` 已存在，有 {} 个副本，少于要求的 {} 个";
    BODY_LIMIT_HIGH: "`body_limit` is {} bytes and the servers take {}: longer messages would stay on this node", "`body_limit` 为 {} 字节，而服务器上限为 {}：更长的消息只会保留在本节点";
    BODY_LIMIT_HINT: "lower `body_limit`, or raise `max_payload` of the servers", "请调低 `body_limit`，或调高服务器的 `max_payload`";
    INIT_HINT: "`weibox cluster init` makes it", "用 `weibox cluster init` 创建";
    REPLICAS_HINT: "start as many servers, or ask for fewer with `--replicas`", "请启动足够的服务器，或用 `--replicas` 减少副本";
    SERVER_HINT: "see `cluster.url`, and whether the servers run", "请检查 `cluster.url` 以及服务器是否在运行";
    CREDENTIALS_HINT: "see `cluster.user` and `cluster.password_file`", "请检查 `cluster.user` 与 `cluster.password_file`";
    NAME_HINT: "name another one with `cluster.stream`", "用 `cluster.stream` 指定另一个";
    TLS_HINT: "see `cluster.tls_ca`, `cluster.tls_cert` and `cluster.tls_key`", "请检查 `cluster.tls_ca`、`cluster.tls_cert` 与 `cluster.tls_key`";
}
