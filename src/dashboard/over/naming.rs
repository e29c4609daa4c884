//! The form for a sender's name, and the picker for labels.

mod labels;
mod profile;

pub use labels::{Bearers, LabelPicker, LabelRow};
pub use profile::ProfileForm;
