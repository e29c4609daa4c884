//! The state that the holder of an archive shares with dashboards, newest values only: as watched in the
//! holder, as sent over the socket, and as received at the other end.

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::archive::Committed;
use crate::reason::Reason;
use crate::record::cluster::ClusterStatus;
use crate::record::media::Board;
use crate::record::people::SenderClaim;
use crate::record::target::{SilentChannel, TargetStatus};
use crate::record::traffic::Traffic;

/// Generates all types from one table of fields, so that no field can be missing in one of them. The names of
/// the fields are those on the socket.
macro_rules! told {
    ($($(#[doc = $doc:literal])* $name:ident: $kind:ty,)*) => {
        /// The newest state of the holder of an archive.
        #[derive(Debug, Clone)]
        pub struct Watches {
            $($(#[doc = $doc])* pub $name: watch::Receiver<$kind>,)*
        }

        /// The fields that changed.
        #[derive(Debug, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct News {
            $($(#[doc = $doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$kind>,)*
        }

        /// The senders for received fields.
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
            pub(super) fn mark_changed(&mut self) {
                $(self.$name.mark_changed();)*
            }

            /// Waits until a field changes, and leaves it marked as changed.
            pub async fn changed(&mut self) {
                tokio::select! {
                    $(Ok(()) = self.$name.changed() => self.$name.mark_changed(),)*
                    else => std::future::pending().await,
                }
            }

            /// Returns the fields that changed since the last call.
            pub fn take(&mut self) -> News {
                let news = News { $($name: taken(&mut self.$name),)* };
                // `None` means that nothing was reported yet, which is no news.
                News { told: news.told.filter(Option::is_some), ..news }
            }
        }

        impl Newest {
            /// Creates senders whose only known field is `is_signed`, and their receivers.
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
    /// The last commit of the archive; a change means that there is something new to read.
    committed: Committed,
    /// Counts of the callbacks that reached the listener.
    traffic: Traffic,
    /// State of the downloads.
    board: Board,
    /// Status of each target.
    targets: Vec<TargetStatus>,
    /// Channels that do not take their alerts.
    channels: Vec<SilentChannel>,
    /// The claims in force.
    claims: Vec<SenderClaim>,
    /// Status of the cluster; `None` without one, which the other end of the socket reads as unchanged.
    cluster: Option<ClusterStatus>,
    /// Whether callbacks are checked with an app secret, which may have been typed on another screen.
    is_signed: bool,
    /// The last problem, or the message that it is over; `None` before the first one.
    told: Option<Reason>,
}

impl Newest {
    /// Forgets the claims and the cluster of a holder that is gone: the claims ended with it, and the next
    /// holder may have no cluster.
    pub(super) fn forget(&self) {
        self.claims.send_replace(Vec::new());
        self.cluster.send_replace(None);
    }

    /// Reports something that this end found out.
    pub(super) fn tell(&self, reason: Reason) {
        self.told.send_replace(Some(reason));
    }
}

/// Returns a value that was not seen yet, including the last one of a sender that is gone: if it stayed
/// unseen, [`Watches::changed`] would always return at once.
fn taken<T: Clone>(receiver: &mut watch::Receiver<T>) -> Option<T> {
    let is_new = matches!(receiver.changed().now_or_never(), Some(Ok(())));
    is_new.then(|| receiver.borrow_and_update().clone())
}
