//! The animations of the READMEs: the real program on a pseudo-terminal, drawn as SVG. `WEIBOX_WRITE_TAPE=1`
//! draws them again into `assets`; otherwise the test fails if the names of tabs and columns differ from the
//! drawn ones.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use portable_pty::CommandBuilder;
use vt100::{Cell, Color, Screen};
use weibox::language::{Language, words};

use crate::pty::{PATIENCE, Pty};
use crate::support::{Home, wait_for};

/// Size of the terminal.
const COLS: u16 = 120;
const ROWS: u16 = 36;
/// Size of a cell in units of the SVG.
const WIDTH: u16 = 8;
const HEIGHT: u16 = 18;
/// How long each picture is shown, in milliseconds.
const SHOWN: usize = 2400;
/// The maximum size of a picture in a README.
const BYTES: usize = 1_500_000;

/// TABLE: typed keys, what the screen then shows in English and Chinese, and whether a picture is made of it.
const STEPS: [(&str, [&[&str]; 2], bool); 8] = [
    ("5", [&["▀▀▀▀", "640×480"], &["▀▀▀▀", "640×480"]], true),
    ("4", [&["volume; p plays"], &["音量；p 播放"]], true),
    ("3", [&["(offline estimate)", "@"], &["（离线估计）", "@"]], true),
    ("r", [&["0/299"], &["0/299"]], false),
    ("您好，最近的门店在南山路 8 号", [&["16/299"], &["16/299"]], false),
    ("\r", [&["Answered", "            sent"], &["回复 ", "已发送"]], true),
    ("1/type:image", [&["/ type:image", SEARCHING[0], "▀▀▀▀"], &["/ type:image", SEARCHING[1], "▀▀▀▀"]], true),
    ("\u{1b}E", [&["handshakes and refused calls", "403 POST"], &["握手与被拒请求", "403 POST"]], true),
];
/// What the screen shows during a search.
const SEARCHING: [&str; 2] = ["Enter keep", "Enter 保留"];
/// TABLE: locale, suffix of the files, and the column of [`STEPS`].
const LANGUAGES: [(&str, &str, usize); 2] = [("C.UTF-8", "", 0), ("zh_CN.UTF-8", ".zh-CN", 1)];
/// TABLE: name, background, text, and the first eight colours of the terminal.
const PALETTES: [(&str, &str, &str, [&str; 8]); 2] = [
    (
        "dark",
        "#0d1117",
        "#c9d1d9",
        ["#484f58", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#c9d1d9"],
    ),
    (
        "light",
        "#ffffff",
        "#24292f",
        ["#24292f", "#cf222e", "#116329", "#7d4e00", "#0550ae", "#8250df", "#1b7c83", "#57606a"],
    ),
];

/// One picture of the tape: its cells, in rows.
struct Picture {
    rows: Vec<Vec<Cell>>,
}

impl Picture {
    fn of(screen: &Screen) -> Self {
        let row = |y| (0..COLS).filter_map(|x| screen.cell(y, x).cloned()).collect();
        Self { rows: (0..ROWS).map(row).collect() }
    }

    fn text(&self, row: usize) -> String {
        self.rows[row].iter().map(|cell| if cell.has_contents() { cell.contents() } else { " " }).collect()
    }

    /// Returns its whole text.
    fn whole(&self) -> String {
        (0..self.rows.len()).map(|row| self.text(row)).collect()
    }

    /// Returns the parts that are the same in every run: tabs, title, columns and footer, without numbers and
    /// lengths.
    fn outline(&self) -> String {
        let [tabs, title, columns, footer] = [1, 2, 3, self.rows.len() - 1].map(|row| self.text(row));
        let tabs = tabs.split("   ").next().unwrap_or_default().to_owned();
        let footer = footer.split("  ").take(4).collect::<Vec<_>>().join(" ");
        // On the whole screen, these rows belong to other views.
        let is_list = title.contains('┬');
        let title = title.split('┬').next().filter(|_| is_list).unwrap_or_default().to_owned();
        let columns = columns.split('│').nth(1).filter(|_| is_list).unwrap_or_default().to_owned();
        let mut outline = String::new();
        for char in [tabs, title, columns, footer].join(" / ").chars() {
            let char = if char.is_ascii_digit() { '0' } else { char };
            if !(matches!(char, '0' | '─' | ' ') && outline.ends_with(char)) {
                outline.push(char);
            }
        }
        outline
    }
}

/// Returns the pictures of the demo in a language.
fn pictures(locale: &str, column: usize) -> Vec<Picture> {
    let home = Home::new();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.arg("demo");
    command.env_clear();
    let directory = home.path("");
    for (name, value) in
        [("HOME", directory.to_str().unwrap()), ("PATH", "/usr/bin:/bin"), ("LANG", locale), ("COLORTERM", "truecolor")]
    {
        command.env(name, value);
    }
    let mut pty = Pty::spawn(command, COLS, ROWS);
    // The last part of the opening.
    pty.wait_for_text([" 3 Position 1", " 3 位置 1"][column]);
    let mut pictures = Vec::new();
    for (keys, shown, is_picture) in STEPS {
        // Escape is sent alone, so that it is not taken for Alt.
        let (escape, keys) = keys.split_at(usize::from(keys.starts_with('\u{1b}')));
        if !escape.is_empty() {
            pty.send(escape);
            pty.wait_for(|screen| !screen.contents().contains(SEARCHING[column]), PATIENCE);
        }
        pty.send(keys);
        let mut picture = None;
        let mut before = String::new();
        wait_for(shown[column][0], || {
            let is_shown = |screen: &Screen| shown[column].iter().all(|text| screen.contents().contains(text));
            picture = pty.look(|screen| is_shown(screen).then(|| Picture::of(screen)));
            let whole = picture.as_ref().map(Picture::whole).unwrap_or_default();
            // A frame must be seen twice, because a partly drawn one seldom is.
            let is_whole = !whole.is_empty() && whole == before;
            before = whole;
            is_whole
        });
        pictures.extend(picture.filter(|_| is_picture));
    }
    pty.send("q");
    pty.send("q");
    pty.wait();
    pictures
}

/// Returns a colour of the terminal; `None` is the default of the palette.
fn colour(colour: Color, palette: &[&str; 8]) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Idx(index) => palette.get(usize::from(index % 8)).map(|&name| name.to_owned()),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

/// The style of a cell: background, text, bold, dim.
type Style = (Option<String>, Option<String>, bool, bool);

fn style(cell: &Cell, (_, ground, ink, palette): &(&str, &str, &str, [&str; 8])) -> Style {
    let (mut fg, mut bg) = (colour(cell.fgcolor(), palette), colour(cell.bgcolor(), palette));
    if cell.inverse() {
        (fg, bg) = (bg.or(Some((*ground).to_owned())), fg.or(Some((*ink).to_owned())));
    }
    (bg, fg, cell.bold(), cell.dim())
}

fn rect(svg: &mut String, (x, y): (usize, usize), (cells, height): (usize, usize), fill: &str) {
    let (x, width) = (x * usize::from(WIDTH), cells * usize::from(WIDTH));
    writeln!(svg, r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>"#).unwrap();
}

/// Draws a run of cells of one style, from column `x` of row `y`.
fn run(svg: &mut String, (x, y): (usize, usize), (cells, text): (usize, &str), (bg, fg, bold, dim): &Style) {
    let (top, height) = (y * usize::from(HEIGHT), usize::from(HEIGHT));
    if !text.is_empty() && text.chars().all(|char| char == '▀') {
        if let Some(upper) = fg {
            rect(svg, (x, top), (cells, height / 2), upper);
        }
        if let Some(lower) = bg {
            rect(svg, (x, top + height / 2), (cells, height / 2), lower);
        }
        return;
    }
    if let Some(bg) = bg {
        rect(svg, (x, top), (cells, height), bg);
    }
    if text.trim().is_empty() {
        return;
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let fill = fg.as_ref().map_or(String::new(), |fill| format!(r#" fill="{fill}""#));
    let weight = if *bold { r#" font-weight="bold""# } else { "" };
    let faint = if *dim { r#" opacity=".6""# } else { "" };
    let (x, base, length) = (x * usize::from(WIDTH), top + height - 4, cells * usize::from(WIDTH));
    writeln!(svg, r#"<text x="{x}" y="{base}" textLength="{length}"{fill}{weight}{faint}>{escaped}</text>"#).unwrap();
}

fn draw_picture(svg: &mut String, picture: &Picture, palette: &(&str, &str, &str, [&str; 8])) {
    for (y, row) in picture.rows.iter().enumerate() {
        let mut x = 0;
        while x < row.len() {
            // Browsers join and drop spaces, which would stretch the rest: no text has any.
            let of = |cell: &Cell| (style(cell, palette), cell.is_wide(), cell.contents().trim().is_empty());
            let (begin, kind) = (x, of(&row[x]));
            let mut text = String::new();
            // The second half of a wide character has no style of its own.
            while row.get(x).is_some_and(|cell| cell.is_wide_continuation() || of(cell) == kind) {
                let cell = &row[x];
                if !cell.is_wide_continuation() {
                    text.push_str(cell.contents());
                }
                x += 1;
            }
            run(svg, (begin, y), (x - begin, &text), &kind.0);
        }
    }
}

/// Draws the tape as SVG, which repeats.
fn draw(pictures: &[Picture], palette: &(&str, &str, &str, [&str; 8])) -> String {
    let (_, ground, ink, _) = palette;
    let (width, height) = (COLS * WIDTH, ROWS * HEIGHT);
    let whole = SHOWN * pictures.len();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-10 -10 {} {}\" font-size=\"13\" shape-rendering=\"crispEdges\" fill=\"{ink}\" \
         font-family=\"DejaVu Sans Mono,Menlo,Consolas,Noto Sans Mono CJK SC,monospace\">\n",
        width + 20,
        height + 20
    );
    for picture in pictures {
        writeln!(svg, "<desc>{}</desc>", picture.outline().replace('&', "&amp;").replace('<', "&lt;")).unwrap();
    }
    writeln!(svg, "<style>.p{{visibility:hidden;animation:{whole}ms steps(1) infinite}}").unwrap();
    for number in 0..pictures.len() {
        let share = |number: usize| 100 * number / pictures.len();
        let (from, to) = (share(number), share(number + 1));
        let before = if number == 0 { String::new() } else { "0%{visibility:hidden}".to_owned() };
        let after = if number + 1 == pictures.len() { String::new() } else { format!("{to}%{{visibility:hidden}}") };
        writeln!(svg, "@keyframes k{number}{{{before}{from}%{{visibility:visible}}{after}}}").unwrap();
        writeln!(svg, "#p{number}{{animation-name:k{number}}}").unwrap();
    }
    let (x, y) = (-10, -10);
    writeln!(
        svg,
        "</style>\n<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{ground}\"/>",
        width + 20,
        height + 20
    )
    .unwrap();
    for (number, picture) in pictures.iter().enumerate() {
        writeln!(svg, "<g class=\"p\" id=\"p{number}\">").unwrap();
        draw_picture(&mut svg, picture, palette);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// Returns the outlines of the drawn pictures.
fn outlines(svg: &str) -> Vec<String> {
    let found = svg.split("<desc>").skip(1).filter_map(|rest| rest.split("</desc>").next());
    found.map(|outline| outline.replace("&lt;", "<").replace("&amp;", "&")).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "no setting of weibox")]
fn the_tape_shows_what_the_program_shows() {
    let is_writing = std::env::var_os("WEIBOX_WRITE_TAPE").is_some();
    for (locale, suffix, column) in LANGUAGES {
        let names = PALETTES.map(|palette| (palette, format!("assets/tape-{}{suffix}.svg", palette.0)));
        let path = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if is_writing {
            let pictures = pictures(locale, column);
            for (palette, name) in &names {
                fs::write(path(name), draw(&pictures, palette)).unwrap();
            }
        }
        let drawn = names.map(|(_, name)| fs::read_to_string(path(&name)).unwrap());
        let outlines = outlines(&drawn[0]);
        assert!(drawn.iter().all(|svg| svg.len() <= BYTES && self::outlines(svg) == outlines), "{locale}");
        let has_space =
            |line: &&str| line.starts_with("<text") && line.rsplit('>').nth(1).is_some_and(|text| text.contains(' '));
        assert_eq!(drawn[0].lines().find(has_space), None, "browsers join and drop spaces, and stretch what is left");
        assert_eq!(outlines.len(), STEPS.iter().filter(|(.., is_picture)| *is_picture).count());
        let drawn = outlines.join("").replace(' ', "");
        let language = Language::of_locale(locale);
        let tabs = [
            words::ALL_TAB,
            words::TEXT_TAB,
            words::POSITION_TAB,
            words::VOICE_TAB,
            words::IMAGE_TAB,
            words::OTHER_TAB,
        ];
        let columns =
            [words::TIME_COLUMN, words::SENDER_COLUMN, words::MESSAGE_COLUMN, words::FILE_COLUMN, words::WINDOW_COLUMN];
        for word in tabs.iter().chain(&columns) {
            let word = word.of(language);
            assert!(drawn.contains(word), "the tape in {locale} lacks {word}: WEIBOX_WRITE_TAPE=1 draws it anew");
        }
    }
}
