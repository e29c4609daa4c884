//! What the user names: the form for a sender, and labels.

mod labels;
mod profile;

pub use labels::{Bearers, LabelPicker, LabelRow};
pub use profile::ProfileForm;
