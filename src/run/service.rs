//! `weibox service`: generates systemd units for this binary and these settings. systemd owns the socket, so that a
//! restart or an upgrade refuses no caller.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::Service;
use crate::config::{self, Config, Environment, Options, Source};
use crate::language::commands as words;
use crate::reason::{Reason, command, hints};
use crate::text;

use super::limits;
use super::report::stdout;

/// Names of the two unit files.
const SERVICE: &str = "weibox.service";
const SOCKET: &str = "weibox.socket";

/// Settings for user and system services.
const HARDENED: &str = "\
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
";
/// Settings that only the system's service manager is sure to support.
const HARDENED_SYSTEM: &str = "\
AmbientCapabilities=
CapabilityBoundingSet=
DevicePolicy=closed
KeyringMode=private
PrivateDevices=yes
PrivateMounts=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
# Where dashboards find its socket if the path of the archive is too long for one: /tmp is its own.
RuntimeDirectory=%N
RuntimeDirectoryMode=0700
Environment=XDG_RUNTIME_DIR=%t/%N
";

/// Prints both units, or writes them into a directory.
pub(super) fn run(
    config: &Config,
    options: &Options,
    environment: &Environment,
    asked: &Service,
) -> anyhow::Result<ExitCode> {
    if config.listen.value.port() == 0 {
        return Err(Reason::from(command::NO_PORT_FOR_SERVICE).into());
    }
    // Such a service would be restarted for ever.
    config.check_listener(config.listen.value)?;
    let language = config.language.value;
    let units = [(SERVICE, service(config, options, environment, asked.system)?), (SOCKET, socket(config))];
    let mut out = stdout();
    for (name, unit) in units {
        let Some(directory) = &asked.directory else {
            write!(out, "# {name}\n{unit}\n")?;
            continue;
        };
        let path = directory.join(name);
        fs::create_dir_all(directory)
            .and_then(|()| fs::write(&path, unit))
            .map_err(|error| command::UNIT_UNWRITTEN.with(path.display()).with(&error))?;
        super::say(&words::UNIT_WRITTEN.with(language, &[&path.display()]))?;
    }
    out.flush()?;
    let secrets = config.shown().into_iter().filter(|(row, ..)| row.secret.is_some());
    let left_out = secrets.filter_map(|(row, _, source)| {
        let Source::Environment(name) = source else { return None };
        let hint = hints::NAME_WITH.with(row.flag.unwrap_or_default());
        Some((command::SECRET_IN_NO_UNIT.with(*name), hint))
    });
    let data_dir = std::path::absolute(&config.data_dir.value)?;
    let of_owner = asked.system.then(|| of_owner(&data_dir)).flatten();
    for (told, hint) in left_out.chain(of_owner) {
        super::report::warn(&told, Some(&hint), language);
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns a warning and a hint about the user that the service of a data directory runs as, if necessary.
fn of_owner(data_dir: &Path) -> Option<(Reason, Reason)> {
    let place = || data_dir.display();
    match fs::metadata(data_dir) {
        Err(_missing) => Some((command::NO_DIRECTORY_FOR_SERVICE.with(place()), hints::MAKE_DATA_DIR.with(place()))),
        Ok(found) if found.uid() == 0 => {
            Some((command::SERVICE_OF_ROOT.with(place()), hints::GIVE_DATA_DIR.with(place())))
        }
        Ok(_) => None,
    }
}

fn socket(config: &Config) -> String {
    let address = config.listen.value;
    format!(
        "[Unit]\n\
         Description=The port that Weibo calls\n\
         \n\
         [Socket]\n\
         ListenStream={address}\n\
         Backlog=4096\n\
         \n\
         [Install]\n\
         WantedBy=sockets.target\n"
    )
}

fn service(config: &Config, options: &Options, environment: &Environment, is_system: bool) -> anyhow::Result<String> {
    let data_dir = std::path::absolute(&config.data_dir.value)?;
    let command = command(config, options, &data_dir, &binary(environment)?)?;
    let variables: String = config
        .shown()
        .into_iter()
        .filter_map(|(row, _, source)| {
            let Source::Environment(name) = source else { return None };
            let value = environment.get(name).filter(|_| row.secret.is_none() && row.variable == Some(name))?;
            Some(format!("Environment={}\n", quoted(&format!("{name}={value}"))))
        })
        .collect();
    let (hardened, owner, target) = if is_system {
        let owner =
            fs::metadata(&data_dir).map_or_else(|_missing| rustix::process::geteuid().as_raw(), |data| data.uid());
        let paths = format!("ReadWritePaths={}\n", quoted(&data_dir.display().to_string()));
        (format!("{HARDENED_SYSTEM}{paths}"), format!("User={owner}\n"), "multi-user.target")
    } else {
        (String::new(), String::new(), "default.target")
    };
    let files = limits::most_files();
    Ok(format!(
        "[Unit]\n\
         Description=weibox, the inbox of a verified Weibo account\n\
         Requires={SOCKET}\n\
         After={SOCKET} network.target\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         Type=notify\n\
         ExecStart={command}\n\
         {variables}{owner}\
         Restart=always\n\
         RestartSec=1\n\
         # Upgrading a large archive or saving a damaged one may take long.\n\
         TimeoutStartSec=infinity\n\
         # So may putting back an archive whose file was removed.\n\
         TimeoutStopSec=infinity\n\
         # The archive's writer feeds the watchdog.\n\
         WatchdogSec=30\n\
         # Each message is one line on stdout, which does not belong in the journal.\n\
         StandardOutput=null\n\
         LimitNOFILE={files}\n\
         {HARDENED}{hardened}\
         \n\
         [Install]\n\
         WantedBy={target}\n"
    ))
}

/// Returns the path of this binary: the one on `PATH` if it leads here, because package managers keep that over an
/// upgrade, else the one that was started.
fn binary(environment: &Environment) -> io::Result<PathBuf> {
    let started = std::env::current_exe()?;
    let (name, this) = (started.file_name().unwrap_or_default(), started.canonicalize()?);
    let on_path = std::env::split_paths(environment.get("PATH").unwrap_or_default())
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|found| found.canonicalize().is_ok_and(|found| found == this));
    Ok(on_path.unwrap_or(started))
}

/// Returns the command line: this binary, the paths of the archive and the config, and the flags that were given.
fn command(config: &Config, options: &Options, data_dir: &Path, binary: &Path) -> anyhow::Result<String> {
    let mut words = vec![binary.display().to_string(), "serve".to_owned()];
    words.extend(["--data-dir".to_owned(), data_dir.display().to_string()]);
    if config.file_found {
        words.extend(["--config".to_owned(), std::path::absolute(&config.file.value)?.display().to_string()]);
    }
    for row in config::ALL.iter().filter(|row| **row != config::DATA_DIR && **row != config::FILE) {
        let Some((flag, value)) = row.flag.zip(options.get(row)) else { continue };
        let value = value.to_string_lossy();
        words.push(flag.to_owned());
        if row.names_file() {
            words.push(std::path::absolute(Path::new(value.as_ref()))?.display().to_string());
        } else if !row.is_switch() {
            words.push(value.into_owned());
        }
    }
    // systemd expands variables in arguments, but not in the path of the program.
    let words = words.iter().enumerate().map(|(index, word)| match index {
        0 => quoted(word),
        _ => quoted(&word.replace('$', "$$")),
    });
    Ok(words.collect::<Vec<_>>().join(" "))
}

/// Quotes a word so that systemd reads it back unchanged.
fn quoted(word: &str) -> String {
    let word = text::line(word).replace('%', "%%");
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=@,+%$[]".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word;
    }
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_systemd_reads_them() {
        for (word, expected) in [
            ("/usr/bin/weibox", "/usr/bin/weibox"),
            ("a b", "\"a b\""),
            ("100%", "100%%"),
            ("$HOME", "$HOME"),
            ("say \"hi\\\"", r#""say \"hi\\\"""#),
            ("", "\"\""),
            ("数据", "数据"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
