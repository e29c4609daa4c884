//! TABLE: the words of the cluster.

use super::Words;

words! {
    // Header
    JOINING: "joining the cluster", "正在加入集群";
    NODES: "{} node{s}", "{} 个节点";
    KEPT_HERE: "quorum lost, keeping here: {} to send", "集群不可用，仅存本机：{} 条待同步";
    KEPT_HERE_BRIEFLY: "no quorum: {}", "集群不可用：{}";
    NO_QUORUM: "no quorum", "集群不可用";

    // `weibox cluster init`
    MADE: "made the stream {} with {} {copy|copies}; it keeps messages for {}", "已创建流 {}，{} 个副本，消息保留 {}";
    THERE_ALREADY: "the stream {} is there already, with {} {copy|copies}; it keeps messages for {}", "流 {} 已存在，{} 个副本，消息保留 {}";

    // `weibox cluster status`
    STREAM: "stream", "流";
    STREAM_FIGURES: "{}: {} event{s}, {}, up to place {}", "{}：{} 个事件，{}，末尾位置 {}";
    LEADER: "leader", "主节点";
    COPIES: "copies", "副本";
    COPY_COUNT: "{} of {} up to date", "{}/{} 已同步";
    COPY_FIGURES: "{} of {} up to date: {}", "{}/{} 已同步：{}";
    BEHIND: "{} (behind)", "{}（落后）";
    SERVER: "server", "服务器";
    THIS_NODE: "this node", "本节点";
    NODE_STATE: "{}: {}, {} to send", "{}：{}，{} 条待同步";
    CONNECTED: "connected", "已连接";
    NODE: "node", "节点";
    NODE_FIGURES: "{}: {} message{s}, {} missing, {} event{s} behind, {} to send", "{}：{} 条消息，缺少 {} 条，落后 {} 个事件，{} 条待同步";
    SYNC: "sync", "落盘";
    TROUBLE: "trouble", "故障";
    NOT_SERVING: "no weibox serves here", "此处没有运行 weibox";
}
