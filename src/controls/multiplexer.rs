//! The program between weibox and the terminal that shows it, which takes some sequences for its own.

/// A program that shows several terminals in one. Sequences for the terminal around it must be wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Multiplexer {
    /// Finds the multiplexer by the name of its terminals (`TERM`), which SSH passes on, and by its variables
    /// (`TMUX`, `STY`), which one multiplexer passes on to another that runs in it. tmux, too, used the name
    /// `screen` until 2014: if nothing else decides, it is GNU screen, because sequences for GNU screen leave no
    /// trace in tmux.
    pub fn of(tmux: Option<&str>, screen: Option<&str>, term: &str) -> Option<Self> {
        if term.starts_with("tmux") {
            Some(Self::Tmux)
        } else if screen.is_some() || term.starts_with("screen.") {
            Some(Self::Screen)
        } else if tmux.is_some() {
            Some(Self::Tmux)
        } else {
            term.starts_with("screen").then_some(Self::Screen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_is_nearest_is_found() {
        let (tmux, screen) = (Some("/tmp/tmux-0/default,1,0"), Some("17.pts-0.host"));
        for (tmux, screen, term, expected) in [
            (None, None, "xterm-256color", None),
            (tmux, None, "tmux-256color", Some(Multiplexer::Tmux)),
            (tmux, None, "screen-256color", Some(Multiplexer::Tmux)),
            (tmux, None, "xterm-256color", Some(Multiplexer::Tmux)),
            (None, screen, "screen", Some(Multiplexer::Screen)),
            // One in the other, the inner being nearest.
            (tmux, screen, "screen", Some(Multiplexer::Screen)),
            (tmux, screen, "screen.xterm-256color", Some(Multiplexer::Screen)),
            (tmux, screen, "tmux-256color", Some(Multiplexer::Tmux)),
            // At the other end of SSH.
            (None, None, "tmux-256color", Some(Multiplexer::Tmux)),
            (None, None, "screen.xterm-256color", Some(Multiplexer::Screen)),
            (None, None, "screen-256color", Some(Multiplexer::Screen)),
        ] {
            assert_eq!(Multiplexer::of(tmux, screen, term), expected, "{term}");
        }
    }
}
