//! TABLE: what the user can wish for, by which keys, in which words. Keys, footer, help, palette, README and manual read
//! it; a key that is not in it does nothing unless the config gives it to one of these.

use super::key::{Code, Key};
use crate::language::{Language, Words};

/// A wish of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Select the next message down the list.
    Down,
    /// Select the next message up the list.
    Up,
    /// A page towards older messages; in the detail, down its text.
    PageDown,
    /// A page towards newer messages; in the detail, up its text.
    PageUp,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// The top of the list.
    Top,
    /// The bottom of the list.
    Bottom,
    /// Choose what the list is sorted by.
    Sort,
    /// Show one tab, by its place from the left.
    Show(u8),
    /// The tab to the left.
    PreviousTab,
    /// The tab to the right.
    NextTab,
    /// Read the selected message on the whole screen.
    Read,
    /// Close what is open, one layer at a time.
    Back,
    /// Follow the newest message, or stop.
    Follow,
    /// Keep the screen as it is, or let it go on.
    Freeze,
    /// The next view of the message: what it says, its JSON, how it arrived.
    View,
    /// Find messages.
    Search,
    /// The next older message of the last search.
    NextHit,
    /// The next newer message of the last search.
    PreviousHit,
    /// Everything from the selected sender.
    Conversation,
    /// Star, or take the star away.
    Star,
    /// Mark as unread, or as read.
    Unread,
    /// Mark everything in the list as read.
    AllRead,
    /// Pick the selected message, or put it back.
    Pick,
    /// Download the selected attachment.
    Download,
    /// Download the attachments of the picked messages, or all of the list.
    DownloadAll,
    /// Open the saved file with the desktop's program for it, or the place at a map service.
    OpenFile,
    /// Copy the text, or the coordinates.
    Copy,
    /// Play the voice, or pause it.
    Play,
    /// Save the file elsewhere; a voice as WAV, too.
    SaveAs,
    /// Everything that is or was downloaded.
    Jobs,
    /// Give up a download.
    Cancel,
    /// Take a download out of the list, its file included.
    Remove,
    /// Open the folder of saved files.
    Reveal,
    /// Choose what to copy.
    CopyMenu,
    /// Choose a link of the text.
    Links,
    /// The log of refused calls and handshakes.
    Requests,
    /// How many messages came when, of which kinds, from whom.
    Statistics,
    /// Choose a snippet that makes the listener public.
    Snippets,
    /// Send one message of each kind through the listener.
    Sample,
    /// Send messages through the listener steadily, or stop.
    Simulate,
    /// The steps of the first run.
    Setup,
    /// Type the app secret.
    AppSecret,
    /// Type the access token.
    AccessToken,
    /// Another arrangement of the panes.
    Arrange,
    /// The picture, or the list, on the whole screen, or beside the detail.
    Zoom,
    /// The images of the list as a grid, or the list.
    Sheet,
    /// The map in the detail, none, or on the whole screen.
    Map,
    /// Closer on the map or the picture.
    ZoomIn,
    /// Further away on the map or the picture.
    ZoomOut,
    /// Hide or show what is private.
    Mask,
    /// The next theme.
    Theme,
    /// The other language.
    Language,
    /// Take the mouse, or leave it to the terminal.
    Mouse,
    /// Draw everything again.
    Redraw,
    /// Stop the program until the shell goes on with it.
    Suspend,
    /// Leave the program at once.
    Quit,
    /// Every action, by its name.
    Palette,
    /// Show all keys.
    Help,
    /// Close the top layer, or leave the program.
    Close,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The wish.
    pub action: Action,
    /// Its name in the config and the palette.
    pub name: &'static str,
    /// Any of these asks for it, unless the config says otherwise.
    pub keys: &'static [Key],
    /// What it does, for help and README.
    pub help: Words,
    /// A word for the footer; empty for none.
    pub hint: Words,
}

/// What stands in the footer for most actions.
const NO_HINT: Words = Words::new("", "");

const fn row(action: Action, name: &'static str, keys: &'static [Key], help: Words, hint: Words) -> Row {
    Row { action, name, keys, help, hint }
}

const fn char(char: char) -> Key {
    Key::char(char)
}

const fn plain(code: Code) -> Key {
    Key::plain(code)
}

const fn w(en: &'static str, zh: &'static str) -> Words {
    Words::new(en, zh)
}

/// All of them, in the order of the help. The footer shows those with a hint in this order, and the last ones always.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(Action::Down, "down", &[char('j'), plain(Code::Down)], w("next message down the list", "列表中的下一条"), w("down", "下移")),
    row(Action::Up, "up", &[char('k'), plain(Code::Up)], w("next message up the list", "列表中的上一条"), w("up", "上移")),
    row(Action::Read, "read", &[plain(Code::Enter)], w("read the message on the whole screen", "全屏阅读消息"), w("read", "阅读")),
    row(Action::Search, "search", &[char('/'), plain(Code::F(3))], w("find messages: words, type:, from:, since:, is: …", "查找消息：文字、type:、from:、since:、is: 等"), w("find", "查找")),
    row(Action::Download, "download", &[char('d'), plain(Code::F(5))], w("download the attachment", "下载附件"), w("download", "下载")),
    row(Action::OpenFile, "open", &[char('o')], w("open the saved file, or the place at a map service", "打开已保存的文件；位置在地图网站打开"), w("open", "打开")),
    row(Action::Copy, "copy", &[char('y'), plain(Code::F(7))], w("copy the text, of a position the coordinates", "复制文字；位置消息复制坐标"), w("copy", "复制")),
    row(Action::Play, "play", &[char('p'), plain(Code::F(8))], w("play or pause the voice, ← → seek meanwhile", "播放或暂停语音，其间 ← → 快退快进"), w("play", "播放")),
    row(Action::SaveAs, "save_as", &[char('s')], w("save the file as …, a voice also as WAV", "另存文件，语音也可存为 WAV"), NO_HINT),
    row(Action::Follow, "follow", &[char('F'), plain(Code::F(12))], w("follow the newest message, or stop", "跟随最新消息，或停止跟随"), w("follow", "跟随")),
    row(Action::View, "view", &[char('v'), plain(Code::F(4))], w("next view of the message: text, JSON, arrival", "切换视图：内容、JSON、接收情况"), w("view", "视图")),
    row(Action::DownloadAll, "download_all", &[char('D')], w("download the picked messages' files, or all of the list; asks", "下载选取消息的附件，或列表的全部附件（先确认）"), w("download all", "全部下载")),
    row(Action::Jobs, "downloads", &[char('w')], w("all downloads: cancel, try again, open", "全部下载：取消、重试、打开"), NO_HINT),
    row(Action::Cancel, "cancel", &[char('x')], w("in the downloads: give up the selected one", "在下载列表中：取消所选下载"), NO_HINT),
    row(Action::Remove, "remove", &[char('X')], w("in the downloads: remove the selected one; a saved file: asks", "在下载列表中：移除所选项，文件须确认"), NO_HINT),
    row(Action::Reveal, "reveal", &[char('O')], w("in the downloads: open the folder of saved files", "在下载列表中：打开保存文件夹"), NO_HINT),
    row(Action::CopyMenu, "copy_menu", &[char('Y')], w("choose what to copy: JSON, curl, ids, path …", "选择复制内容：JSON、curl、ID、路径等"), NO_HINT),
    row(Action::Links, "links", &[char('L')], w("open or copy a link of the text", "打开或复制文中的链接"), NO_HINT),
    row(Action::NextHit, "next_hit", &[char('n')], w("next older message of the last search", "上次查找的下一条（更早）"), NO_HINT),
    row(Action::PreviousHit, "previous_hit", &[char('N')], w("next newer message of the last search", "上次查找的上一条（更新）"), NO_HINT),
    row(Action::Conversation, "conversation", &[char('c')], w("everything from this sender, oldest on top", "此发送者的全部消息，最早在上"), NO_HINT),
    row(Action::Star, "star", &[char('*')], w("star, or take the star away", "加星标，或取消"), NO_HINT),
    row(Action::Unread, "unread", &[char('u')], w("mark as unread, or as read", "标为未读，或已读"), NO_HINT),
    row(Action::AllRead, "all_read", &[char('U')], w("mark everything in the list as read", "把列表全部标为已读"), NO_HINT),
    row(Action::Pick, "pick", &[char(' ')], w("pick the message for star, unread and download all", "选取消息，供加星、未读、全部下载使用"), NO_HINT),
    row(Action::Requests, "requests", &[char('E')], w("handshakes and refused calls, and why", "握手与被拒请求及其原因"), NO_HINT),
    row(Action::Statistics, "statistics", &[char('i')], w("statistics: messages by time, kind and sender, speed of answers", "统计：按时间、类型、发送者的消息数，应答速度"), NO_HINT),
    row(Action::Snippets, "public_address", &[char('t')], w("copy a snippet for the public address: nginx, Caddy, frp, ssh -R …", "复制公网地址配置：nginx、Caddy、frp、ssh -R 等"), NO_HINT),
    row(Action::Setup, "setup", &[plain(Code::F(9))], w("the steps to the first message, one by one", "逐步接入：密钥、令牌、公网地址、握手"), NO_HINT),
    row(Action::AppSecret, "app_secret", &[Key::alt('s')], w("type the app secret, hidden", "输入 App Secret（不显示）"), NO_HINT),
    row(Action::AccessToken, "access_token", &[Key::alt('t')], w("type the access token, hidden", "输入访问令牌（不显示）"), NO_HINT),
    row(Action::Sample, "sample", &[plain(Code::F(6))], w("send one message of each kind through the listener", "经监听器发送每种消息各一条"), NO_HINT),
    row(Action::Simulate, "simulate", &[char('S')], w("send a made-up message every two seconds, or stop", "每两秒发送一条模拟消息，或停止"), NO_HINT),
    row(Action::Freeze, "freeze", &[char('=')], w("freeze the screen; messages are still stored", "冻结画面，消息照常保存"), NO_HINT),
    row(Action::Top, "top", &[char('g'), plain(Code::Home)], w("top of the list", "列表顶端"), NO_HINT),
    row(Action::Bottom, "bottom", &[char('G'), plain(Code::End)], w("bottom of the list", "列表底端"), NO_HINT),
    row(Action::Sort, "sort", &[char(',')], w("sort by time, sender, type or reply window; the same again turns it round", "按时间、发送者、类型或回复时限排序；再选一次则反序"), NO_HINT),
    row(Action::PageDown, "page_down", &[plain(Code::PageDown), Key::ctrl('f')], w("a page down", "向下一页"), NO_HINT),
    row(Action::PageUp, "page_up", &[plain(Code::PageUp), Key::ctrl('b')], w("a page up", "向上一页"), NO_HINT),
    row(Action::HalfDown, "half_page_down", &[Key::ctrl('d')], w("half a page down", "向下半页"), NO_HINT),
    row(Action::HalfUp, "half_page_up", &[Key::ctrl('u')], w("half a page up", "向上半页"), NO_HINT),
    row(Action::Show(0), "tab_all", &[char('1')], w("all messages", "全部消息"), NO_HINT),
    row(Action::Show(1), "tab_text", &[char('2')], w("texts", "文字"), NO_HINT),
    row(Action::Show(2), "tab_position", &[char('3')], w("positions", "位置"), NO_HINT),
    row(Action::Show(3), "tab_voice", &[char('4')], w("voices", "语音"), NO_HINT),
    row(Action::Show(4), "tab_image", &[char('5')], w("images", "图片"), NO_HINT),
    row(Action::Show(5), "tab_other", &[char('6')], w("events, mentions and everything else", "事件、提及及其他"), NO_HINT),
    row(Action::Show(6), "tab_due", &[char('7')], w("senders who can be answered for less than four hours", "四小时内将无法回复的发送者"), NO_HINT),
    row(Action::Show(7), "tab_8", &[char('8')], w("the first tab of the config", "配置文件中的第一个标签页"), NO_HINT),
    row(Action::Show(8), "tab_9", &[char('9')], w("the second tab of the config", "配置文件中的第二个标签页"), NO_HINT),
    row(Action::PreviousTab, "previous_tab", &[char('['), plain(Code::Left), plain(Code::BackTab)], w("tab to the left", "左边的标签页"), NO_HINT),
    row(Action::NextTab, "next_tab", &[char(']'), plain(Code::Right), plain(Code::Tab)], w("tab to the right", "右边的标签页"), NO_HINT),
    row(Action::Zoom, "zoom", &[char('z')], w("the picture on the whole screen (+ - zoom, arrows move), or the list", "图片全屏（+ - 缩放，方向键移动），或列表全屏"), NO_HINT),
    row(Action::Sheet, "contact_sheet", &[char('I')], w("the images of the list as a grid, or the list again", "以网格显示列表中的图片，或返回列表"), NO_HINT),
    row(Action::Arrange, "arrange", &[char('|'), plain(Code::F(11))], w("arrange the panes: by size, side by side, stacked, single", "窗格布局：自动、并列、上下、单窗"), NO_HINT),
    row(Action::Map, "map", &[char('M')], w("the map: in the detail, none, every position of the list on the whole screen", "地图：详情内、关闭、全屏显示列表的全部位置"), NO_HINT),
    row(Action::ZoomIn, "zoom_in", &[char('+')], w("closer on the map or the picture", "放大地图或图片"), NO_HINT),
    row(Action::ZoomOut, "zoom_out", &[char('-')], w("further away on the map or the picture", "缩小地图或图片"), NO_HINT),
    row(Action::Mask, "mask", &[char('P')], w("hide names, words and places for a screenshot", "隐去姓名、文字和地点，便于截图"), NO_HINT),
    row(Action::Theme, "theme", &[char('T')], w("next theme: the terminal's colours, dark, light", "切换主题：终端配色、深色、浅色"), NO_HINT),
    row(Action::Language, "language", &[plain(Code::F(10))], w("中文界面", "English"), NO_HINT),
    row(Action::Mouse, "mouse", &[plain(Code::F(2))], w("take the mouse, or leave it to the terminal", "启用鼠标，或交还给终端"), NO_HINT),
    row(Action::Redraw, "redraw", &[Key::ctrl('l')], w("draw the screen again", "重绘屏幕"), NO_HINT),
    row(Action::Suspend, "suspend", &[Key::ctrl('z')], w("suspend weibox; its listener stops, too", "挂起 weibox（监听也会停止）"), NO_HINT),
    row(Action::Back, "back", &[plain(Code::Esc)], w("close what is open, one layer at a time", "逐层关闭"), w("back", "返回")),
    row(Action::Quit, "quit", &[Key::ctrl('c')], w("quit at once", "立即退出"), NO_HINT),
    row(Action::Palette, "palette", &[char(':'), Key::ctrl('p')], w("find and do any action by its name", "按名称查找并执行任何操作"), w("palette", "命令")),
    row(Action::Help, "help", &[char('?'), plain(Code::F(1))], w("show the keys", "显示按键"), w("help", "帮助")),
    row(Action::Close, "close", &[char('q')], w("close what is open, or quit", "关闭当前层，或退出"), w("quit", "退出")),
];

/// The row of an action.
#[must_use]
pub fn row_of(action: Action) -> &'static Row {
    const FIRST: &Row = &TABLE[0];
    // Every action has its row, which a test sees to.
    TABLE.iter().find(|row| row.action == action).unwrap_or(FIRST)
}

/// The table as Markdown, as it stands in the README.
#[must_use]
pub fn markdown() -> String {
    let rows = TABLE.iter().map(|row| {
        let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`").replace('|', "\\|")).collect();
        format!("| {} | {} | `{}` |\n", keys.join(" "), row.help.of(Language::English), row.name)
    });
    std::iter::once("| keys | what they do | name |\n| --- | --- | --- |\n".to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let palette = row_of(Action::Palette);
        assert!(palette.keys.contains(&Key::char(':')) && palette.action == Action::Palette);
        assert!(TABLE.iter().all(|row| row_of(row.action).name == row.name));
    }
}
