//! Finds the process that holds a port, from what Linux says about sockets and open files. Linux says it only
//! about processes of the same user, unless root asks; without `/proc` nothing is known.

use std::fs;
use std::path::Path;

/// The state of a listening socket in `/proc/net/tcp`.
const LISTENS: &str = "0A";

/// Returns the process that listens on a port: `process 1234 (nginx)`; `None` when it cannot be determined.
pub(super) fn holder(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let inodes: Vec<&str> =
        tables.iter().flat_map(|table| table.lines()).filter_map(|line| inode(line, port)).collect();
    let sockets: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let processes = fs::read_dir("/proc").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let process = processes.into_iter().find(|process| has_open(process, &sockets))?;
    let id = process.file_name()?.to_str()?;
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    Some(format!("process {id} ({})", name.trim()))
}

/// Returns the inode of a line's socket if it listens on the port: `0: 0100007F:1F90 00000000:0000 0A … inode …`.
fn inode(line: &str, port: u16) -> Option<&str> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let is_it = u16::from_str_radix(local, 16).ok()? == port && *fields.get(3)? == LISTENS;
    fields.get(9).copied().filter(|_| is_it)
}

fn has_open(process: &Path, sockets: &[String]) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).any(|link| {
        let link = link.to_string_lossy();
        sockets.iter().any(|socket| *socket == link)
    })
}
