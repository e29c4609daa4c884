//! What configuration, terminal and dashboard share: keys, actions, tabs, looks, and the regions of a screen.
//!
//! Plain data and tables, without state. Nothing here draws or reads a terminal.

pub mod action;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod looks;
pub mod multiplexer;
pub mod ssh;
pub mod tab;
