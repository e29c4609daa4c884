//! What configuration, terminal and dashboard share: keys, actions, tabs, looks, and where the regions of a screen lie.
//!
//! Plain data and tables. It holds no state, draws nothing and reads no terminal.

pub mod action;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod looks;
pub mod multiplexer;
pub mod ssh;
pub mod tab;
