//! Statistics, and how the views over the list handle keys of other screens.

use weibox::controls::layout::Size;
use weibox::dashboard::Event;
use weibox::record::page::Counts;
use weibox::record::statistics::{BusySender, Scale, Statistics};
use weibox::weibo::{Kind, UserId};

use super::{draw, inbox};

#[test]
fn the_statistics_count_by_time_kind_and_sender() {
    let mut session = inbox((100, 36));
    session.keys("i");
    let counting = draw(&session, (100, 36));
    assert!(counting.contains("counting …"), "{counting}");
    let busy = |fan, name: Option<&str>, n| BusySender { fan: UserId(fan), name: name.map(str::to_owned), n };
    let senders = vec![busy(2_489_518_277, Some("老王\u{1b}[2J"), 812), busy(2_489_518_278, None, 9)];
    let mut statistics = Statistics { senders, ..Statistics::default() };
    for (scale, times) in Scale::ALL.into_iter().zip(&mut statistics.scales) {
        for time in 0..scale.shape().0 {
            let mut counts = Counts::default();
            counts.set(Kind::Text, time as u64 % 7);
            counts.set(Kind::Image, 1);
            times.push(counts);
        }
    }
    session.event(Event::Statistics(statistics.clone()));
    let wide = draw(&session, (100, 36));
    assert!(wide.contains("812  老王␛[2J 2489518277"), "{wide}");
    let mut masked = inbox((100, 36));
    masked.keys("Pi");
    masked.event(Event::Statistics(statistics));
    let masked = draw(&masked, (100, 36));
    assert!(masked.contains(" 812  ") && !masked.contains("老王") && !masked.contains("2489518277"), "{masked}");
    insta::assert_snapshot!(wide + &draw(&session, (60, 20)));
    // Numbers are separated, and text that does not fit is cut visibly.
    session.event(Event::Resized(Size { width: 38, height: 8 }));
    let narrow = draw(&session, (38, 8));
    let all = narrow.lines().find(|line| line.contains("All")).unwrap();
    assert_eq!(all.replace(['│', '█'], "").split_whitespace().count(), 4, "{narrow}");
    assert!(narrow.lines().nth(1).unwrap().contains("kind"), "{narrow}");
    for size in [(80, 24), (40, 10), (10, 4), (1, 1)] {
        session.event(Event::Resized(Size { width: size.0, height: size.1 }));
        draw(&session, size);
    }
    session.keys("i");
    assert!(session.state.stack().is_empty());
}

#[test]
fn the_charts_of_the_statistics_are_of_one_kind_and_have_the_whole_width() {
    let mut statistics = Statistics::default();
    for (scale, times) in Scale::ALL.into_iter().zip(&mut statistics.scales) {
        let mut counts = Counts::default();
        counts.set(Kind::Text, 3);
        counts.set(Kind::Voice, 1);
        times.resize(scale.shape().0, counts);
    }
    for width in [40, 62, 100, 120, 121] {
        let mut session = inbox((width, 40));
        session.keys("i");
        session.event(Event::Statistics(statistics.clone()));
        let screen = draw(&session, (width, 40));
        let bars = screen.lines().filter(|line| line.matches('█').count() == usize::from(width) - 4).count();
        assert_eq!(bars, 12, "three charts of four rows: {screen}");
        assert!(width < 100 || screen.contains("All · last hour by minute: 240 messages"), "{screen}");
        session.keys("jjj");
        let screen = draw(&session, (width, 40));
        assert!(width < 100 || screen.contains("voice · last hour by minute: 60 messages"), "{screen}");
    }
}

#[test]
fn what_is_no_key_of_a_view_is_said_to_be_none_and_leaves_it_open() {
    for (opens, closes) in [("E", "E"), ("i", "q"), ("w", "w"), ("jjjjjjjjMM", "M"), ("E", "q"), ("w", "<esc>")] {
        let mut session = inbox((80, 24));
        session.keys(opens);
        session.keys("H");
        let screen = draw(&session, (80, 24));
        assert!(!session.state.stack().is_empty() && screen.contains("H does nothing here"), "{opens}: {screen}");
        session.keys(closes);
        assert!(session.state.stack().is_empty(), "{opens}{closes}");
    }
}
