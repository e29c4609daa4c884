//! TABLE: the actions of the user. Keys, footer, help, palette and book read it; other keys do nothing by default.

use super::key::{Key, KeyCode};
use crate::language::Words;

/// Where an action works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On every screen. Where text is typed, only keys that type no character trigger it.
    Anywhere,
    /// On every screen where nothing is typed, chosen or confirmed.
    Screens,
    /// In the list and the message beside it. Chosen from a menu over another screen, it closes that screen.
    List,
    /// In the list of downloads only.
    Downloads,
}

/// A condition of an action. If it is not met, it is the reason why the action cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Room for the list.
    Room,
    /// A selected message, and room to see it.
    Message,
    /// A terminal that shows pictures.
    Pictures,
    /// Messages that came while nobody looked.
    Missed,
    /// A search that was made before.
    Search,
    /// Something else that may be meant by a search that found nothing.
    Suggestion,
    /// This tab, counted from the left.
    Tab(u8),
    /// A query or a tab that leaves messages out.
    Query,
    /// A tab that was kept from the screen.
    OwnTab,
    /// A message whose sender is known.
    Sender,
    /// A sender whom Weibo lets the account answer now.
    Window,
    /// A message with a link in its text.
    Link,
    /// A message with a file, downloaded or not.
    File,
    /// A file that is not downloaded yet.
    Unsaved,
    /// A downloaded file.
    Saved,
    /// A valid position, or a downloaded file.
    PlaceOrFile,
    /// A voice.
    Voice,
    /// A machine whose sound the user hears.
    Sound,
    /// A map beside the message.
    Map,
    /// A screen that hides nothing.
    Unmasked,
    /// A process that listens, and permission to change something.
    Change,
    /// That this process is the one that listens.
    Listener,
}

/// How the footer shows an action that is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Footer {
    /// Not at all.
    Never,
    /// With this word, if there is room.
    Shown(Words),
    /// With this word, after the others, and left out last.
    Last(Words),
}

/// One row of the table: everything about an action.
#[derive(Debug, Clone, Copy)]
pub struct ActionRow {
    /// Heading above it in the help; rows of a group are adjacent.
    pub group: Words,
    /// The action.
    pub action: Action,
    /// Its name in the config and the palette.
    pub name: &'static str,
    /// Keys that trigger it, unless the config says otherwise.
    pub keys: &'static [Key],
    /// What it does, for help and book.
    pub help: Words,
    /// Other words that find it in the palette.
    pub also: &'static str,
    /// Where it works.
    pub scope: Scope,
    /// Conditions, in the order in which an unmet one is reported.
    pub needs: &'static [Need],
    /// How the footer shows it.
    pub footer: Footer,
}

impl ActionRow {
    const fn also(self, also: &'static str) -> Self {
        Self { also, ..self }
    }

    const fn shown(self, en: &'static str, zh: &'static str) -> Self {
        Self { footer: Footer::Shown(Words::new(en, zh)), ..self }
    }

    const fn last(self, en: &'static str, zh: &'static str) -> Self {
        Self { footer: Footer::Last(Words::new(en, zh)), ..self }
    }
}

const fn row(
    group: Words,
    action: Action,
    name: &'static str,
    keys: &'static [Key],
    (en, zh): (&'static str, &'static str),
    scope: Scope,
    needs: &'static [Need],
) -> ActionRow {
    ActionRow { group, action, name, keys, help: Words::new(en, zh), also: "", scope, needs, footer: Footer::Never }
}

const fn char(char: char) -> Key {
    Key::char(char)
}

const fn plain(code: KeyCode) -> Key {
    Key::plain(code)
}

// The groups of the help, in its order.
const MESSAGE: Words = Words::new("This message", "这条消息");
const LIST: Words = Words::new("The list", "消息列表");
const TABS: Words = Words::new("Tabs", "标签页");
const FILES: Words = Words::new("Downloads", "下载");
const SCREEN: Words = Words::new("The screen", "界面");
const RECEIVING: Words = Words::new("Receiving", "接收");
const PROGRAM: Words = Words::new("weibox", "weibox");

/// Defines the actions and their table from its rows, so that no action lacks a row. The rows of the tabs are those of
/// one action.
macro_rules! actions {
    (
        { $($group:ident $action:ident ($($fact:expr),*) $(.$more:ident $words:tt)*;)* }
        { $($tab:literal ($($tab_fact:expr),*) $(.$tab_more:ident $tab_words:tt)*;)* }
        { $($last_group:ident $last:ident ($($last_fact:expr),*) $(.$last_more:ident $last_words:tt)*;)* }
    ) => {
        /// Something that the user can ask for; its row in the table says what it does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the table says it")]
        pub enum Action {
            $($action,)*
            /// Show one tab, by its place from the left.
            Show(u8),
            $($last,)*
        }

        /// Every action, in the order of the help and of the footer.
        pub const TABLE: &[ActionRow] = &[
            $(row($group, Action::$action, $($fact),*)$(.$more $words)*,)*
            $(row(TABS, Action::Show($tab), $($tab_fact),*)$(.$tab_more $tab_words)*,)*
            $(row($last_group, Action::$last, $($last_fact),*)$(.$last_more $last_words)*,)*
        ];
    };
}

actions! {
    {
        MESSAGE Read ("read", &[plain(KeyCode::Enter)], ("Read the message on the whole screen", "全屏阅读消息"), Scope::List, &[Need::Message]).shown("read", "阅读").also("view full screen fullscreen 全屏 查看");
        MESSAGE Reply ("reply", &[char('r')], ("Reply to the sender; Enter sends, Esc keeps the draft", "回复发送者：Enter 发送，Esc 保留草稿"), Scope::List, &[Need::Change, Need::Message, Need::Sender, Need::Window]).shown("reply", "回复").also("answer respond write compose 回复 答复 应答 写");
        MESSAGE Play ("play", &[char('p'), plain(KeyCode::F(8))], ("Play or pause the voice; ← → seek while it plays", "播放或暂停语音，播放中用 ← → 快退快进"), Scope::List, &[Need::Message, Need::Voice, Need::Saved, Need::Sound]).shown("play", "播放").also("listen audio sound pause 播放 语音 听");
        MESSAGE OpenFile ("open", &[char('o')], ("Open the saved file, or the place on a map website", "打开已下载的文件；位置消息在地图网站打开"), Scope::List, &[Need::Message, Need::PlaceOrFile]).shown("open", "打开").also("browser viewer launch 浏览器");
        MESSAGE Download ("download", &[char('d'), plain(KeyCode::F(5))], ("Download the file", "下载文件"), Scope::List, &[Need::Change, Need::Message, Need::File, Need::Unsaved]).shown("download", "下载").also("fetch get attachment save 下载 附件");
        MESSAGE SaveAs ("save_as", &[char('s')], ("Save the file under another name; a voice also as WAV", "文件另存为；语音可存为 WAV"), Scope::List, &[Need::Message, Need::File, Need::Saved, Need::Unmasked]).also("save store write file 保存 另存 存为");
        MESSAGE Copy ("copy", &[char('y'), plain(KeyCode::F(7))], ("Copy the text, or the coordinates of a position", "复制文字；位置消息复制坐标"), Scope::List, &[Need::Message]).shown("copy", "复制").also("clipboard yank 复制 拷贝 剪贴板");
        MESSAGE CopyMenu ("copy_menu", &[char('Y')], ("Choose what to copy: JSON, curl, ids, path …", "选择复制内容：JSON、curl、ID、路径等"), Scope::List, &[Need::Message, Need::Unmasked]).also("clipboard yank id json curl 复制 拷贝");
        MESSAGE Links ("links", &[char('L')], ("Open or copy a link of the text", "打开或复制文中的链接"), Scope::List, &[Need::Message, Need::Link, Need::Unmasked]).also("url address 链接 网址");
        MESSAGE Star ("star", &[char('*')], ("Toggle star", "加星标或取消星标"), Scope::List, &[Need::Change, Need::Message]).shown("star", "星标").also("favourite favorite flag bookmark 收藏 星标 标星");
        MESSAGE Unread ("unread", &[char('u')], ("Mark as unread, or as read", "标为未读或已读"), Scope::List, &[Need::Change, Need::Message]).also("mark seen read 已读 未读");
        MESSAGE View ("view", &[char('v'), plain(KeyCode::F(4))], ("Switch the view of the message: text, JSON, arrival", "切换视图：内容、JSON、接收情况"), Scope::List, &[Need::Message]).shown("view", "视图").also("raw json headers source 原文 源码");
        MESSAGE Conversation ("conversation", &[char('c')], ("Show everything from this sender, oldest first", "该发送者的全部消息（从旧到新）"), Scope::List, &[Need::Message, Need::Sender]).also("thread chat history sender 会话 聊天 对话");
        MESSAGE Profile ("profile", &[char('b')], ("Give the sender a name of your own and a note", "给发送者加备注名和备注"), Scope::List, &[Need::Change, Need::Message, Need::Sender, Need::Unmasked]).also("remark alias nickname contact name note person 备注 昵称 名字 联系人");
        MESSAGE Label ("label", &[char('#')], ("Choose labels for the message, the picked ones or the sender", "给消息、选中的消息或发送者加标签"), Scope::List, &[Need::Change, Need::Message, Need::Unmasked]).also("tag category 标签 分类 标记");
        MESSAGE Mute ("mute", &[char('m')], ("Mute or unmute the sender: no alerts, no automatic downloads", "静音该发送者，或取消静音：不提醒、不自动下载，照常保存"), Scope::List, &[Need::Change, Need::Message, Need::Sender]).also("silence ignore spam unmute quiet 静音 免打扰 取消静音");
        MESSAGE Forward ("forward", &[char('f')], ("Send the message or the picked ones to a bot; e edits first", "把消息或选中的消息发给机器人；e 先编辑 JSON"), Scope::List, &[Need::Change, Need::Message]).also("send replay bot webhook share 转发 重发 推送 机器人 分享");
        MESSAGE Pick ("pick", &[char(' ')], ("Pick the message, to star, mark or download several at once", "选中消息（可批量加星、标记、下载）"), Scope::List, &[Need::Message]).also("select choose mark multiple 选择 多选 选中");
        MESSAGE Delete ("delete", &[plain(KeyCode::Delete)], ("Delete the message or the picked ones; asks first", "删除消息或选中的消息（先确认）"), Scope::List, &[Need::Change, Need::Message]).also("remove erase trash discard 删除 移除");
        MESSAGE Restore ("undelete", &[char('Z')], ("Undo the last deletion or bulk marking, for 30 s", "撤销上次删除或批量标记（30 秒内）"), Scope::List, &[Need::Change]).also("undo restore undelete 撤销 恢复");
        LIST Search ("search", &[char('/'), plain(KeyCode::F(3))], ("Find messages: words, type:, from:, since:, is: …", "查找消息：文字、type:、from:、since:、is: 等"), Scope::List, &[Need::Room]).shown("find", "查找").also("filter query find grep 搜索 查找 过滤 筛选");
        LIST Follow ("follow", &[char('F'), plain(KeyCode::F(12))], ("Follow the newest message, or stop following", "跟随最新消息，或停止跟随"), Scope::List, &[Need::Room]).shown("follow", "跟随").also("tail live newest 跟随 最新");
        LIST Down ("down", &[char('j'), plain(KeyCode::Down)], ("Select the next message down", "下一条消息"), Scope::List, &[Need::Message]).shown("down", "下移");
        LIST Up ("up", &[char('k'), plain(KeyCode::Up)], ("Select the next message up", "上一条消息"), Scope::List, &[Need::Message]).shown("up", "上移");
        LIST Suggestion ("suggestion", &[char(';')], ("Find what is suggested where nothing was found", "没有结果时，查找建议的内容"), Scope::List, &[Need::Room, Need::Suggestion]).also("did you mean correct spelling typo 建议 是否要找 纠错");
        LIST NextHit ("next_hit", &[char('n')], ("Go to the next older hit of the last search", "上次查找的下一条（更早）"), Scope::List, &[Need::Room, Need::Search]);
        LIST PreviousHit ("previous_hit", &[char('N')], ("Go to the next newer hit of the last search", "上次查找的上一条（更新）"), Scope::List, &[Need::Room, Need::Search]);
        LIST NextUnread ("next_unread", &[char('J')], ("Go to the next unread message down the list", "列表中的下一条未读"), Scope::List, &[Need::Message]).also("new 未读");
        LIST PreviousUnread ("previous_unread", &[char('K')], ("Go to the next unread message up the list", "列表中的上一条未读"), Scope::List, &[Need::Message]).also("new 未读");
        LIST FirstMissed ("first_missed", &[char('A')], ("Go to the first message since the pause, or since you left", "跳到暂停跟随后（或离开期间）收到的第一条消息"), Scope::List, &[Need::Room, Need::Missed]).also("away new 离开");
        LIST Sort ("sort", &[char(',')], ("Sort by time, sender, type or reply window; again reverses it", "按时间、发送者、类型或回复时限排序；再选一次则反序"), Scope::List, &[Need::Room]).also("order 排序");
        LIST AllRead ("all_read", &[char('U')], ("Mark everything in the list as read", "将列表全部标为已读"), Scope::List, &[Need::Change, Need::Message]).also("mark seen read 全部已读");
        LIST DownloadAll ("download_all", &[char('D')], ("Download files of the picked messages or the list; asks first", "批量下载文件：选中的消息，或整个列表（先确认）"), Scope::List, &[Need::Change, Need::Message]).shown("download all", "全部下载").also("fetch attachments 下载 批量");
        LIST Export ("export", &[char('e')], ("Export the picked messages or the list, as JSON lines or CSV", "导出选中的消息或整个列表（JSONL 或 CSV）"), Scope::List, &[Need::Message]).also("save write csv json jsonl backup excel 导出 备份 保存 表格");
        LIST PageDown ("page_down", &[plain(KeyCode::PageDown), Key::ctrl('f')], ("Move a page down", "向下一页"), Scope::List, &[Need::Room]);
        LIST PageUp ("page_up", &[plain(KeyCode::PageUp), Key::ctrl('b')], ("Move a page up", "向上一页"), Scope::List, &[Need::Room]);
        LIST HalfDown ("half_page_down", &[Key::ctrl('d')], ("Move half a page down", "向下半页"), Scope::List, &[Need::Room]);
        LIST HalfUp ("half_page_up", &[Key::ctrl('u')], ("Move half a page up", "向上半页"), Scope::List, &[Need::Room]);
        LIST Top ("top", &[char('g'), plain(KeyCode::Home)], ("Go to the top of the list", "列表顶端"), Scope::List, &[Need::Room]);
        LIST Bottom ("bottom", &[char('G'), plain(KeyCode::End)], ("Go to the bottom of the list", "列表底端"), Scope::List, &[Need::Room]);
    }
    {
        0 ("tab_all", &[char('1')], ("Show all messages", "全部消息"), Scope::List, &[Need::Room, Need::Tab(0)]);
        1 ("tab_text", &[char('2')], ("Show texts", "文字消息"), Scope::List, &[Need::Room, Need::Tab(1)]);
        2 ("tab_position", &[char('3')], ("Show positions", "位置消息"), Scope::List, &[Need::Room, Need::Tab(2)]);
        3 ("tab_voice", &[char('4')], ("Show voices", "语音消息"), Scope::List, &[Need::Room, Need::Tab(3)]);
        4 ("tab_image", &[char('5')], ("Show images", "图片消息"), Scope::List, &[Need::Room, Need::Tab(4)]);
        5 ("tab_other", &[char('6')], ("Show events, mentions and everything else", "事件、@我的及其他"), Scope::List, &[Need::Room, Need::Tab(5)]);
        6 ("tab_due", &[char('7')], ("Show senders whose reply window closes within 4 h", "即将超时：回复时限不足四小时的发送者"), Scope::List, &[Need::Room, Need::Tab(6)]);
        7 ("tab_waiting", &[char('8')], ("Show senders who wait for an answer, the longest on top", "待回复的发送者，等得最久的在最上面"), Scope::List, &[Need::Room, Need::Tab(7)]).also("longest unanswered 等待 未回复");
        8 ("tab_9", &[char('9')], ("Show the first tab of your own", "第一个自定义标签页"), Scope::List, &[Need::Room, Need::Tab(8)]);
        9 ("tab_10", &[char('0')], ("Show the second tab of your own", "第二个自定义标签页"), Scope::List, &[Need::Room, Need::Tab(9)]);
    }
    {
        TABS SaveTab ("save_tab", &[char('a')], ("Save what is looked for as a tab", "将当前查找保存为标签页"), Scope::List, &[Need::Room, Need::Query]).also("save filter search query view bookmark 保存 查找 筛选 标签页");
        TABS EditTab ("edit_tab", &[char('R')], ("Rename, move or remove a saved tab", "重命名、移动或删除已保存的标签页"), Scope::List, &[Need::Room, Need::OwnTab]).also("rename delete remove move 重命名 移动 删除 标签页");
        TABS PreviousTab ("previous_tab", &[char('['), plain(KeyCode::Left), plain(KeyCode::BackTab)], ("Go to the tab on the left", "左边的标签页"), Scope::List, &[Need::Room]);
        TABS NextTab ("next_tab", &[char(']'), plain(KeyCode::Right), plain(KeyCode::Tab)], ("Go to the tab on the right", "右边的标签页"), Scope::List, &[Need::Room]);
        FILES Jobs ("downloads", &[char('w')], ("Show all downloads: cancel, try again, open", "下载列表：取消、重试、打开"), Scope::List, &[]).also("queue transfers 下载 队列");
        FILES Cancel ("cancel", &[char('x')], ("In the downloads: cancel the selected one", "在下载列表中：取消所选下载"), Scope::Downloads, &[Need::Change]).also("abort stop 取消");
        FILES Remove ("remove", &[char('X')], ("In the downloads: remove the selected one; a saved file asks", "在下载列表中：移除所选项；已有文件的先确认"), Scope::Downloads, &[Need::Change]).also("forget file 移除");
        FILES Reveal ("reveal", &[char('O')], ("In the downloads: open the folder of saved files", "在下载列表中：打开文件所在的文件夹"), Scope::Downloads, &[]).also("folder directory 文件夹 目录");
        SCREEN Zoom ("zoom", &[char('z')], ("Show the picture (n N turn, + - zoom) or the list full-screen", "图片全屏（n N 翻看，+ - 缩放），或列表全屏"), Scope::List, &[Need::Room]).also("picture image fullscreen 图片 全屏 放大");
        SCREEN Sheet ("contact_sheet", &[char('I')], ("Show the images of the list as a grid, or the list again", "以网格显示列表中的图片，或返回列表"), Scope::List, &[Need::Room, Need::Pictures]).also("grid gallery thumbnails 网格 缩略图 图库");
        SCREEN Map ("map", &[char('M')], ("Switch the map: beside the message, none, all positions", "切换地图：消息旁、关闭、全屏显示列表的全部位置"), Scope::List, &[Need::Message, Need::Unmasked]).also("place position geo 地图 位置");
        SCREEN ZoomIn ("zoom_in", &[char('+')], ("Zoom in on the map or the picture", "放大地图或图片"), Scope::List, &[Need::Message, Need::Map]);
        SCREEN ZoomOut ("zoom_out", &[char('-')], ("Zoom out of the map or the picture", "缩小地图或图片"), Scope::List, &[Need::Message, Need::Map]);
        SCREEN Arrange ("arrange", &[char('|'), plain(KeyCode::F(11))], ("Arrange the panes: by size, side by side, stacked, single", "窗格布局：自动、并列、上下、单窗"), Scope::List, &[]).also("layout split panes 布局");
        SCREEN Freeze ("freeze", &[char('=')], ("Freeze the screen; messages are still stored", "冻结画面，消息照常保存"), Scope::List, &[]).also("pause hold 暂停 冻结");
        SCREEN Mask ("mask", &[char('P')], ("Hide names, words and places for a screenshot", "隐去姓名、文字和地点，便于截图"), Scope::Anywhere, &[]).also("privacy hide anonymous 隐私 打码 隐藏");
        SCREEN Theme ("theme", &[char('T')], ("Switch the theme: the terminal's colours, dark, light", "切换主题：终端配色、深色、浅色"), Scope::List, &[]).also("colour color dark light 颜色 配色 主题 深色 浅色");
        SCREEN Language ("language", &[plain(KeyCode::F(10))], ("中文界面", "English"), Scope::Screens, &[]).also("english chinese translate 语言 中文 英文");
        SCREEN Mouse ("mouse", &[plain(KeyCode::F(2))], ("Take the mouse, or leave it to the terminal", "启用鼠标，或交还给终端"), Scope::Anywhere, &[]).also("click 鼠标");
        SCREEN Redraw ("redraw", &[Key::ctrl('l')], ("Redraw the screen", "重绘屏幕"), Scope::Anywhere, &[]).also("refresh repaint 刷新 重绘");
        RECEIVING Requests ("requests", &[char('E')], ("Show handshakes and refused calls, and why they were refused", "请求记录：握手与被拒的请求及原因"), Scope::List, &[]).also("log errors refused handshake signature 日志 请求 签名 握手");
        RECEIVING Targets ("targets", &[char('B')], ("Show your bots: state, errors; pause, retry, move bookmarks", "机器人：状态、落后、错误；暂停、重试、移动书签"), Scope::List, &[]).also("bots webhook lag bookmark pause retry 机器人 书签 重试");
        RECEIVING Statistics ("statistics", &[char('i')], ("Show statistics: messages by time, kind and sender, answers", "统计：消息数（按时间、类型、发送者）与应答耗时"), Scope::List, &[]).also("stats counts charts report 统计 图表 报表");
        RECEIVING Setup ("setup", &[plain(KeyCode::F(9))], ("Show the steps to the first message", "接入步骤：密钥、令牌、公网地址、握手"), Scope::List, &[]).also("checklist steps start 接入 步骤");
        RECEIVING Snippets ("public_address", &[char('t')], ("Copy a snippet for the public address: nginx, frp, ssh -R …", "复制公网地址配置：nginx、Caddy、frp、ssh -R 等"), Scope::List, &[]).also("tunnel proxy nginx frp ngrok https 公网 内网穿透 反向代理");
        RECEIVING AppSecret ("app_secret", &[Key::alt('s')], ("Enter the app secret; it stays hidden", "输入 App Secret（不显示）"), Scope::List, &[Need::Change]).also("password key signature 密钥");
        RECEIVING AccessToken ("access_token", &[Key::alt('t')], ("Enter the access token; it stays hidden", "输入访问令牌（不显示）"), Scope::List, &[Need::Change]).also("token login 令牌 登录");
        RECEIVING Sample ("sample", &[plain(KeyCode::F(6))], ("Send one sample of each kind of message through the listener", "每种消息各发一条样例"), Scope::List, &[Need::Change]).also("test demo fake 样例 测试");
        RECEIVING Simulate ("simulate", &[char('S')], ("Send a sample message every two seconds, or stop", "每两秒发送一条样例消息，或停止"), Scope::List, &[Need::Change]).also("test demo fake 样例 测试 模拟");
        PROGRAM Palette ("palette", &[char(':'), Key::ctrl('p')], ("Find any action by its name and do it", "按名称查找并执行任何操作"), Scope::Screens, &[]).last("palette", "命令").also("commands 命令");
        PROGRAM Help ("help", &[char('?'), plain(KeyCode::F(1))], ("Show the keys", "显示按键"), Scope::Screens, &[]).last("help", "帮助").also("keys shortcuts manual 帮助 快捷键 按键");
        PROGRAM Back ("back", &[plain(KeyCode::Esc)], ("Go back one step", "返回上一层"), Scope::List, &[]).last("back", "返回");
        PROGRAM Suspend ("suspend", &[Key::ctrl('z')], ("Suspend weibox; the listener stops too, unless attached", "挂起 weibox；监听也会停止，连接的界面除外"), Scope::Anywhere, &[]);
        PROGRAM Detach ("detach", &[char('Q')], ("Leave, and go on listening in the background", "离开界面，转入后台继续监听"), Scope::Screens, &[Need::Listener]).shown("background", "转后台").also("background leave daemon 后台 离开");
        PROGRAM Close ("close", &[char('q')], ("Close one layer, or quit; stops the listener, unless attached", "关闭当前层，或退出；监听随之停止，连接的界面除外"), Scope::List, &[]).last("quit", "退出").also("exit leave quit 退出 关闭");
        PROGRAM Quit ("quit", &[Key::ctrl('c')], ("Quit at once; stops the listener, unless attached", "立即退出；监听随之停止，连接的界面除外"), Scope::Anywhere, &[]).also("exit leave 退出");
    }
}

/// Returns the row of an action.
pub fn row_of(action: Action) -> &'static ActionRow {
    // Every action has a row.
    TABLE.iter().find(|row| row.action == action).unwrap_or(const { &TABLE[0] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn no_key_asks_for_two_things_and_no_name_means_two() {
        let keys = TABLE.iter().flat_map(|row| row.keys).map(Key::to_string).collect();
        let names = TABLE.iter().map(|row| row.name.to_owned()).collect();
        for mut all in [keys, names] {
            let all: &mut Vec<String> = &mut all;
            all.sort();
            assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
        }
    }

    #[test]
    fn every_action_has_a_key_and_words() {
        for row in TABLE {
            assert!(!row.keys.is_empty() && !row.help.of(Language::English).is_empty(), "{:?}", row.action);
        }
    }

    #[test]
    fn every_action_has_a_way_without_letters() {
        // The palette, which a punctuation mark opens and arrows move through, has them all.
        assert!(row_of(Action::Palette).keys.contains(&Key::char(':')));
    }
}
