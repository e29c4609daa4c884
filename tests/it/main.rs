//! One program for all integration tests, which links faster than many. One module a room.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod accounts;
mod archive;
mod beside;
mod binary;
mod budget;
mod cli;
mod command;
mod config;
mod dashboard;
mod doctor;
mod download;
mod faults;
mod feed;
mod guard;
mod hostile;
mod import;
mod index;
mod kills;
mod language;
mod listener;
mod picture;
mod properties;
mod pty;
mod recorder;
mod retention;
mod salvage;
mod search;
mod secrets;
mod support;
mod surroundings;
mod terminal;
mod tidy;
mod view;
mod voice;
mod weibo;
