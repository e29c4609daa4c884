//! Animations: which frames are used, how a terminal animates them, and when one is requested.

use std::cell::Cell;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::gif::GifEncoder;
use image::{Delay, Rgba, RgbaImage};
use weibox::dashboard::orders::PictureAnswer;
use weibox::dashboard::{Effect, Event};
use weibox::media::Error;
use weibox::media::budget::Budget;
use weibox::media::picture::Viewport;
use weibox::media::picture::animation::{Frame, animation};
use weibox::media::picture::drawing::motion::animate;
use weibox::media::picture::drawing::{Canvas, Drawing, DrawingForm, Protocol};
use weibox::reason::Reason;

use super::session::{asked, drawing, drawn_as, find, image, name, screen, session};
use super::{all_wanted, encoded};
use crate::dashboard::{Session, record};

/// Returns a GIF in which a red square moves over a blue background, one frame for each pause in milliseconds.
pub(super) fn gif(side: u32, pauses: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
    for (pause, step) in pauses.iter().zip(0..) {
        let is_red = |x: u32, y: u32| x / 2 == step && y < 2;
        let colour = |x, y| if is_red(x, y) { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 255, 255]) };
        let pixels = RgbaImage::from_fn(side, side, colour);
        let pause = Delay::from_numer_denom_ms(*pause, 1);
        encoder.encode_frame(image::Frame::from_parts(pixels, 0, 0, pause)).unwrap();
    }
    drop(encoder);
    bytes
}

fn frames(bytes: &[u8], most: (u32, u32)) -> Vec<Frame> {
    animation(bytes, most, Viewport::WHOLE, &all_wanted).unwrap().frames.collect()
}

fn animated(bytes: &[u8], protocol: Protocol, is_in_tmux: bool) -> Result<Drawing, Error> {
    let canvas = Canvas { protocol, cell: (10, 20), is_in_tmux };
    animate(animation(bytes, (100, 100), Viewport::WHOLE, &all_wanted)?, canvas, 7)
}

#[test]
fn frames_have_their_pauses_and_are_scaled_down() {
    let frames = frames(&gif(40, &[100, 40, 0, 250]), (20, 10));
    let pauses: Vec<Duration> = frames.iter().map(|frame| frame.pause).collect();
    assert_eq!(pauses, [100, 40, 100, 250].map(Duration::from_millis), "nobody sees a frame of no time");
    assert!(frames.iter().all(|frame| frame.pixels.dimensions() == (10, 10)));
    // Scaled four to one: a square of two pixels covers half of a pixel.
    let reds: Vec<u8> = frames.iter().map(|frame| frame.pixels.get_pixel(0, 0).0[0]).collect();
    assert!(reds[0] > 20 && reds[1] > 20 && reds[2] == 0, "{reds:?}");
}

#[test]
fn frames_end_where_the_file_breaks_and_when_nobody_wants_them() {
    let bytes = gif(40, &[100; 20]);
    let cut = frames(&bytes[..bytes.len() / 2], (40, 40)).len();
    assert!((2..20).contains(&cut), "{cut} frames");
    let n_taken = Cell::new(0);
    let is_wanted = || if n_taken.get() < 3 { Budget::Left } else { Budget::Cancelled };
    let taken = animation(&bytes, (40, 40), Viewport::WHOLE, &is_wanted).unwrap().frames;
    assert_eq!(taken.inspect(|_| n_taken.set(n_taken.get() + 1)).count(), 3);
}

#[test]
fn no_file_has_more_frames_and_pixels_than_are_sane() {
    assert_eq!(frames(&gif(2, &[100; 700]), (2, 2)).len(), 600);
    let mut vast = gif(2, &[100; 50]);
    vast.splice(6..10, [10_000_u16.to_le_bytes(), 4_000_u16.to_le_bytes()].concat());
    let refused = animation(&vast, (2, 2), Viewport::WHOLE, &all_wanted).err();
    assert_eq!(refused, Some(Error::TooLarge { width: 10_000, height: 4_000 }), "that takes too much memory");
    let mut bomb = gif(2, &[100; 2]);
    bomb.splice(6..10, [60_000_u16.to_le_bytes(); 2].concat());
    let refused = animation(&bomb, (2, 2), Viewport::WHOLE, &all_wanted).err();
    assert_eq!(refused, Some(Error::TooLarge { width: 60_000, height: 60_000 }));
}

#[test]
fn what_has_one_frame_or_a_terminal_that_moves_none_stays_still() {
    let moving = gif(10, &[100; 3]);
    let png = encoded(&image::RgbImage::new(2, 2), image::ImageFormat::Png);
    for (bytes, protocol) in [
        (&moving, Protocol::Sixel),
        (&moving, Protocol::HalfBlocks),
        (&gif(10, &[100]), Protocol::Kitty),
        (&gif(10, &[100]), Protocol::Iterm2),
        (&png, Protocol::Kitty),
    ] {
        assert_eq!(animated(bytes, protocol, false), Err(Error::Still), "{protocol:?}");
    }
}

#[test]
fn kitty_is_sent_what_changes_and_then_told_to_move() {
    let drawing = animated(&gif(40, &[70, 80, 90]), Protocol::Kitty, false).unwrap();
    assert_eq!((drawing.id, drawing.pixels, drawing.cells), (7, (40, 40), (4, 2)));
    let DrawingForm::Moving(sent) = drawing.form else { panic!("{:?}", drawing.form) };
    let sent: Vec<String> = sent.iter().map(|pieces| pieces.concat()).collect();
    // The area from the old to the new position of the square.
    assert!(sent[0].starts_with("\u{1b}_Ga=f,i=7,f=100,x=0,y=0,c=1,z=80,q=2,m=0;"), "{}", sent[0]);
    assert!(sent[1].starts_with("\u{1b}_Ga=f,i=7,f=100,x=2,y=0,c=2,z=90,q=2,m=0;"), "{}", sent[1]);
    let (_, data) = sent[1].trim_end_matches("\u{1b}\\").split_once(';').unwrap();
    let part = image::load_from_memory(&STANDARD.decode(data).unwrap()).unwrap();
    assert_eq!((part.width(), part.height()), (4, 2));
    assert_eq!(sent[2], "\u{1b}_Ga=a,i=7,r=1,z=70,q=2\u{1b}\\\u{1b}_Ga=a,i=7,s=3,v=1,q=2\u{1b}\\");
    assert_eq!(sent.len(), 3);
    let DrawingForm::Moving(sent) = animated(&gif(40, &[70, 80]), Protocol::Kitty, true).unwrap().form else {
        panic!()
    };
    assert!(sent.iter().flatten().all(|piece| piece.starts_with("\u{1b}Ptmux;\u{1b}\u{1b}_Ga=")), "{sent:?}");
}

#[test]
fn iterm2_is_sent_a_gif_of_our_own_making() {
    let noted = [&gif(200, &[70, 80, 90])[..], b"what a stranger wrote"].concat();
    let drawing = animated(&noted, Protocol::Iterm2, false).unwrap();
    assert_eq!(drawing.cells, (10, 5));
    let DrawingForm::Whole(sequence) = drawing.form else { panic!("{:?}", drawing.form) };
    let (_, file) = sequence.split_once("\u{1b}]1337;File=inline=1;").unwrap();
    let (_, data) = file.split_once(':').unwrap();
    let bytes = STANDARD.decode(data.split_once('\u{7}').unwrap().0).unwrap();
    let sent = frames(&bytes, (200, 200));
    assert!(sent.iter().all(|frame| frame.pixels.dimensions() == (100, 100)), "scaled down");
    assert_eq!(sent.iter().map(|frame| frame.pause.as_millis()).collect::<Vec<_>>(), [70, 80, 90]);
    assert!(!bytes.windows(8).any(|bytes| bytes == b"stranger"));
}

/// Returns the first frame of the requested GIF.
fn first_frame(id: u32, form: DrawingForm) -> Drawing {
    Drawing { id, format: "GIF", ..Drawing::clone(&drawing(form)) }
}

#[test]
fn the_motion_is_asked_for_once_the_first_frame_is_there() {
    let mut session = session(Protocol::Kitty, 1);
    drawn_as(&mut session, first_frame(5, DrawingForm::Placed(vec!["<first>".to_owned()])));
    let motion = asked(&mut session).pop().unwrap();
    assert_eq!((name(&motion), motion.motion_of), ("1.jpg".to_owned(), Some(5)));
    let frames = vec![vec!["<2>".to_owned()], vec!["<start>".to_owned()]];
    let drawn = Ok(first_frame(5, DrawingForm::Moving(frames.clone())).into());
    session.event(Event::Picture(PictureAnswer { request: motion, drawn }));
    assert_eq!(session.effects.drain(..).collect::<Vec<_>>(), [Effect::SendFrames(frames)]);
    session.keys("?<esc>");
    assert!(asked(&mut session).is_empty(), "neither again");
}

#[test]
fn a_picture_that_moves_takes_the_place_of_its_first_frame() {
    let begun = || {
        let mut session = session(Protocol::Iterm2, 1);
        drawn_as(&mut session, first_frame(5, DrawingForm::Whole("<first>".to_owned())));
        session
    };
    let mut session = begun();
    assert!(find(&screen(&session), "<first>").is_some());
    drawn_as(&mut session, first_frame(6, DrawingForm::Whole("<gif>".to_owned())));
    let moving = screen(&session);
    assert!(find(&moving, "<gif>").is_some() && find(&moving, "<first>").is_none());
    let mut session = begun();
    let motion = asked(&mut session).pop().unwrap();
    session.event(Event::Picture(PictureAnswer {
        request: motion,
        drawn: Err(Reason::other("the picture does not move")),
    }));
    assert!(find(&screen(&session), "<first>").is_some(), "what does not move is shown as it is");
    assert!(asked(&mut session).is_empty(), "and not tried again");
}

#[test]
fn nothing_moves_in_the_grid_nor_where_no_picture_can() {
    for protocol in [Protocol::Sixel, Protocol::HalfBlocks] {
        let mut session = session(protocol, 1);
        drawn_as(&mut session, first_frame(5, DrawingForm::Blocks(Vec::new())));
        assert!(asked(&mut session).is_empty(), "{protocol:?}");
    }
    let mut session = session(Protocol::Kitty, 1);
    session.keys("I");
    drawn_as(&mut session, first_frame(5, DrawingForm::Placed(vec!["<first>".to_owned()])));
    assert!(asked(&mut session).is_empty(), "a grid");
}

#[test]
fn nothing_is_drawn_on_for_a_message_that_was_left() {
    let records = vec![record(1, "text", "words", "{}"), image(2)];
    let setup = session(Protocol::Kitty, 0).state.world().setup.clone();
    let mut session = Session::with(setup, (120, 36), records);
    drawn_as(&mut session, first_frame(5, DrawingForm::Placed(vec!["<first>".to_owned()])));
    assert_eq!(asked(&mut session).len(), 1, "its motion");
    session.keys("j");
    assert!(session.effects.contains(&Effect::NoPicture));
    session.effects.clear();
    session.keys("kj");
    let effects: Vec<_> = session.effects.drain(..).collect();
    let is_order = |effect: &&Effect| matches!(effect, Effect::Picture(_) | Effect::NoPicture);
    assert_eq!(effects.iter().filter(is_order).count(), 2, "asked for again, and left again: {effects:?}");
}
