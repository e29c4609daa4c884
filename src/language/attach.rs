//! TABLE: the words of a dashboard that is attached to the process that listens.

use super::Words;

words! {
    ATTACHED: "attached", "已连接";
    ATTACHED_READ_ONLY: "read-only", "只读";
    NOT_LISTENING: "NOBODY LISTENS", "监听已停止";
    READ_ONLY: "read-only: nothing can be changed from here", "只读：此界面不能修改任何内容";
    NOBODY_LISTENS: "nobody listens: not done", "监听已停止：未执行";
    BACK: "listening again", "已恢复监听";
    ONLY_LISTENER_DETACHES: "only the weibox that listens can go into the background; {} leaves", "只有正在监听的 weibox 才能转入后台；按 {} 离开";
    DEMO_STAYS: "a demo stays in the foreground", "演示不能转入后台";
    QUIT_STOPS: "quit, stops listening", "退出并停止监听";
    QUIT_LEAVES: "leave", "离开";
    DETACHING: "going into the background …", "正在转入后台……";
    BYE_DETACHED: "weibox: listening on {} in the background, process {}; `{}` shows it again, `kill {}` stops it", "weibox：已转入后台，继续监听 {}，进程 {}；运行 `{}` 再次显示，`kill {}` 停止";
    BYE_STOPPED: "weibox: the listener has stopped; with {} instead it goes on in the background", "weibox：已停止监听；改用 {} 离开，监听会在后台继续";
    BYE_ATTACHED: "weibox: left; process {} ({}) goes on listening", "weibox：已离开；进程 {}（{}）继续监听";
    BYE_ALONE: "weibox: left; nobody listens", "weibox：已离开；没有 weibox 在监听";
}
