//! TABLE: the words of a dashboard that is attached to the process that listens.

use super::Words;

words! {
    ATTACHED: "attached", "已连接";
    ATTACHED_READ_ONLY: "read-only", "只读";
    NOT_LISTENING: "NOBODY LISTENS", "无人监听";
    READ_ONLY: "read-only: nothing can be changed from here", "只读：此界面不能修改任何内容";
    NOBODY_LISTENS: "nobody listens: not done", "无人监听：未执行";
    BACK: "listening again", "已恢复监听";
    BYE_ATTACHED: "weibox: left; process {} ({}) goes on listening", "weibox：已离开；进程 {}（{}）继续监听";
    BYE_ALONE: "weibox: left; nobody listens", "weibox：已离开；无人监听";
}
