//! The program on a terminal that answers its queries: which pictures it is sent, and that no key is lost
//! meanwhile.

use portable_pty::CommandBuilder;

use super::motion::gif;
use crate::pty::Pty;
use crate::support::home_with_file;

/// Starts the demo on a terminal with pictures.
fn demo(is_in_tmux: bool) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["demo", "--download-auto", "off"]);
    command.env("LANG", "C.UTF-8");
    command.env("WEIBOX_IMAGES", "auto");
    command.env_remove("NO_COLOR");
    command.env_remove("TMUX");
    if is_in_tmux {
        command.env("TMUX", "/tmp/tmux-0/default,1,0");
    }
    Pty::spawn(command, 120, 36)
}

/// Waits for the first queries and answers: keys of the user, the terminal's answers, and keys again.
fn answer(pty: &mut Pty, before: &str, answers: &str, after: &str) {
    pty.wait_for_raw("\u{1b}[>q\u{1b}[16t\u{1b}[c");
    pty.send(&[before, answers, after].concat());
}

/// Waits for the query for kitty's protocol, which follows the name of the terminal, and answers it.
fn answer_as_kitty(pty: &mut Pty) {
    pty.wait_for_raw("\u{1b}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\\u{1b}[c");
    pty.send("\u{1b}_Gi=31;OK\u{1b}\\\u{1b}[?62;c");
}

/// Shows the first image of the demo: its tab, then its file.
fn show_image(pty: &mut Pty) {
    pty.wait_for_text("5 Image 1");
    pty.send("5");
    pty.wait_for_text("d downloads it");
    pty.send("d");
}

const KITTY: &str = "\u{1b}P>|kitty(0.42.0)\u{1b}\\\u{1b}[6;20;10t\u{1b}[?62;c";
const TMUX: &str = "\u{1b}P>|tmux 3.3a\u{1b}\\\u{1b}[6;20;10t\u{1b}[?1;2c";
const SIXEL: &str = "\u{1b}P>|foot(1.16.2)\u{1b}\\\u{1b}[6;20;10t\u{1b}[?62;4;22c";

#[test]
fn kitty_gets_placeholders_and_is_told_to_forget_the_picture() {
    let mut pty = demo(false);
    answer(&mut pty, "", KITTY, "");
    answer_as_kitty(&mut pty);
    show_image(&mut pty);
    pty.wait_for_raw("\u{1b}_Ga=T,U=1,i=");
    pty.wait_for_raw("\u{10EEEE}\u{305}\u{305}");
    pty.wait_for_text(" · kitty");
    pty.send("q");
    assert!(pty.wait().success());
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    let (_, after) = raw.rsplit_once("\u{1b}_Ga=d,d=I,i=").unwrap();
    assert!(after.contains("\u{1b}[?1049l"), "before the screen is left");
    pty.assert_whole();
}

#[test]
fn in_tmux_what_is_kittys_is_passed_through() {
    let mut pty = demo(true);
    answer(&mut pty, "", TMUX, "");
    pty.wait_for_raw("\u{1b}Ptmux;\u{1b}\u{1b}_Gi=31,");
    pty.send("\u{1b}_Gi=31;OK\u{1b}\\\u{1b}P>|kitty(0.42.0)\u{1b}\\");
    show_image(&mut pty);
    pty.wait_for_raw("\u{1b}Ptmux;\u{1b}\u{1b}_Ga=T,U=1,i=");
    pty.wait_for_raw("\u{10EEEE}\u{305}\u{305}");
    pty.send("q");
    assert!(pty.wait().success());
}

#[test]
fn a_tmux_at_the_other_end_of_ssh_is_known_by_its_name_and_gets_no_string_that_it_takes_for_a_title() {
    let mut pty = demo(false);
    answer(&mut pty, "", TMUX, "");
    pty.wait_for_raw("\u{1b}Ptmux;\u{1b}\u{1b}_Gi=31,");
    pty.wait_for_text("5 Image 1");
    pty.send("q");
    assert!(pty.wait().success());
    let raw = String::from_utf8_lossy(&pty.raw()).replace("\u{1b}\u{1b}_", "");
    assert!(!raw.contains("\u{1b}_"), "{raw:?}");
}

#[test]
fn a_terminal_with_sixels_gets_them() {
    let mut pty = demo(false);
    answer(&mut pty, "", SIXEL, "");
    pty.wait_for_raw("\u{1b}_Gi=31,");
    pty.send("\u{1b}[?62;4;22c");
    show_image(&mut pty);
    pty.wait_for_text(" · sixel");
    pty.wait_for_raw("\u{1b}P");
    pty.send("q");
    assert!(pty.wait().success());
    pty.assert_whole();
}

#[test]
fn a_terminal_without_any_gets_half_blocks_and_no_key_is_lost() {
    let mut pty = demo(false);
    // The palette with text that matches no action, before and after the answers.
    answer(&mut pty, ":zz", "\u{1b}[?1;2c", "qx");
    pty.wait_for_text("zzqx");
    pty.send("\u{3}");
    assert!(pty.wait().success());
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    assert!(!raw.contains("\u{1b}_"), "a string would be a title in tmux, and a status in GNU screen");
    pty.assert_whole();
}

#[test]
fn a_long_paste_before_the_first_screen_is_no_keys() {
    let mut pty = demo(false);
    // More than is read at once; each of these keys leaves.
    answer(&mut pty, "", "\u{1b}[?1;2c", &format!("\u{1b}[200~{}\u{1b}[201~", "q".repeat(3_000)));
    pty.wait_for_text("nothing here takes the pasted text");
    pty.send("q");
    assert!(pty.wait().success());
}

#[tokio::test]
async fn kitty_is_sent_the_frames_of_a_gif_after_the_first_and_plays_them_itself() {
    let home = home_with_file("image", "7.gif", &gif(40, &[100; 5])).await;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    command.env_clear();
    command.env("HOME", home.path("."));
    command.env("WEIBOX_IMAGES", "kitty");
    let mut pty = Pty::spawn(command, 120, 36);
    pty.wait_for_text("GIF 40×40");
    pty.wait_for_raw(",s=3,v=1,q=2\u{1b}\\");
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    let id = raw.split_once("a=T,U=1,i=").unwrap().1.split_once(',').unwrap().0;
    assert_eq!(raw.matches(&format!("\u{1b}_Ga=f,i={id},")).count(), 4, "{id}");
    pty.send("q");
    assert!(pty.wait().success());
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    assert!(raw.rsplit_once(",s=3,v=1,").unwrap().1.contains(&format!("\u{1b}_Ga=d,d=I,i={id},")), "it is forgotten");
}
