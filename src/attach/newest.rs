//! What the holder of an archive tells whoever looks on, the newest of each: as it is watched, told over the socket, and heard at the
//! other end.

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::archive::Committed;
use crate::reason::Reason;
use crate::record::cluster::ClusterStatus;
use crate::record::media::Board;
use crate::record::people::SenderClaim;
use crate::record::target::TargetStatus;
use crate::record::traffic::Traffic;

/// Makes all of it from the table of what is told, so that nothing can be left out anywhere. The names are those of the socket.
macro_rules! told {
    ($($(#[doc = $doc:literal])* $name:ident: $kind:ty,)*) => {
        /// What the holder of an archive tells whoever looks on, the newest of each.
        #[derive(Debug, Clone)]
        pub struct Watches {
            $($(#[doc = $doc])* pub $name: watch::Receiver<$kind>,)*
        }

        /// What changed; what did not is left out.
        #[derive(Debug, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct News {
            $($(#[doc = $doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$kind>,)*
        }

        /// Where what is heard goes.
        pub(super) struct Newest {
            $($name: watch::Sender<$kind>,)*
        }

        impl News {
            /// Whether nothing changed.
            pub const fn is_empty(&self) -> bool {
                matches!(self, Self { $($name: None,)* })
            }
        }

        impl Watches {
            /// From now on all of it is something new.
            pub(super) fn mark_changed(&mut self) {
                $(self.$name.mark_changed();)*
            }

            /// Resolves when there is something, and leaves it to be taken.
            pub async fn changed(&mut self) {
                tokio::select! {
                    $(Ok(()) = self.$name.changed() => self.$name.mark_changed(),)*
                    else => std::future::pending().await,
                }
            }

            /// What changed since it was asked last.
            pub fn take(&mut self) -> News {
                let news = News { $($name: taken(&mut self.$name),)* };
                // Where nothing was ever told, that is no news.
                News { told: news.told.filter(Option::is_some), ..news }
            }
        }

        impl Newest {
            /// Nothing yet, but whether calls are checked with an app secret; and where it is seen.
            pub(super) fn new(is_signed: bool) -> (Self, Watches) {
                let newest = Self { $($name: watch::Sender::default(),)* };
                newest.is_signed.send_replace(is_signed);
                let watches = Watches { $($name: newest.$name.subscribe(),)* };
                (newest, watches)
            }

            pub(super) fn take(&self, news: News) {
                $(if let Some(newest) = news.$name {
                    self.$name.send_replace(newest);
                })*
            }
        }
    };
}

told! {
    /// How far the archive is: the bell.
    committed: Committed,
    /// What came to the listener.
    traffic: Traffic,
    /// What the downloads do.
    board: Board,
    /// How it goes with each target.
    targets: Vec<TargetStatus>,
    /// Who answers whom.
    claims: Vec<SenderClaim>,
    /// How it goes with the cluster; `None` without one, which is not heard over the socket.
    cluster: Option<ClusterStatus>,
    /// Whether calls are checked with an app secret, which may have been typed on another screen.
    is_signed: bool,
    /// What is wrong, or that it is over; `None` before the first.
    told: Option<Reason>,
}

impl Newest {
    /// Whoever claimed has gone with the holder, and so has its cluster: the next one may have none.
    pub(super) fn forget(&self) {
        self.claims.send_replace(Vec::new());
        self.cluster.send_replace(None);
    }

    /// Something that this end found out.
    pub(super) fn tell(&self, reason: Reason) {
        self.told.send_replace(Some(reason));
    }
}

/// A value that was not seen yet: the last one as well of somebody who has gone, or it would be waited for no longer.
fn taken<T: Clone>(receiver: &mut watch::Receiver<T>) -> Option<T> {
    let is_new = matches!(receiver.changed().now_or_never(), Some(Ok(())));
    is_new.then(|| receiver.borrow_and_update().clone())
}
