//! The units of `weibox service` for systemd.

use std::fs;
use std::process::Command;

use crate::support::{Home, SECRET};

#[test]
fn the_units_are_for_this_binary_and_these_settings() {
    let home = Home::new();
    home.configure("path = '/callback'");
    let secret = home.path("the secret");
    fs::write(&secret, SECRET).unwrap();
    let args = ["--listen", "127.0.0.1:8090", "--app-secret-file", secret.to_str().unwrap()];
    for (kind, target) in [("--user", "default.target"), ("--system", "multi-user.target")] {
        let directory = home.path(kind);
        let all = [&args[..], &["service", kind, directory.to_str().unwrap()]].concat();
        let written = home.output(&all, &[("WEIBOX_LANGUAGE", "zh")]);
        assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.stderr));
        let unit = fs::read_to_string(directory.join("weibox.service")).unwrap();
        let expected = format!(
            "ExecStart={} serve --data-dir {} --config {} --listen 127.0.0.1:8090 --app-secret-file \"{}\"",
            env!("CARGO_BIN_EXE_weibox"),
            home.data_dir().display(),
            home.path(".config/weibox/config.toml").display(),
            secret.display()
        );
        for line in [expected.as_str(), "Type=notify", "Environment=WEIBOX_LANGUAGE=zh", "StandardOutput=null"] {
            assert!(unit.lines().any(|told| told == line), "`{line}` is missing:\n{unit}");
        }
        assert!(unit.contains(&format!("WantedBy={target}")), "{unit}");
        let socket = fs::read_to_string(directory.join("weibox.socket")).unwrap();
        assert!(socket.contains("\nListenStream=127.0.0.1:8090\n"), "{socket}");
        // If systemd is installed, it must accept the units.
        let units = ["weibox.service", "weibox.socket"].map(|name| directory.join(name));
        if let Ok(verified) = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&units).output() {
            let told = String::from_utf8_lossy(&verified.stderr);
            let ours: Vec<&str> = told.lines().filter(|line| line.contains("weibox")).collect();
            assert!(ours.is_empty(), "{told}");
        }
    }
}

#[test]
fn the_unit_starts_the_binary_where_the_path_finds_it() {
    let home = Home::new();
    let (versions, bin) = (home.path("opt/weibox-1.0"), home.path("bin"));
    fs::create_dir_all(&versions).unwrap();
    fs::create_dir_all(&bin).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_weibox"), versions.join("weibox")).unwrap();
    std::os::unix::fs::symlink(versions.join("weibox"), bin.join("weibox")).unwrap();
    let started = |path: &std::path::Path| {
        let mut command = Command::new(bin.join("weibox"));
        let printed = command.env_clear().env("HOME", home.path("")).env("PATH", path).arg("service").output().unwrap();
        let unit = String::from_utf8(printed.stdout).unwrap();
        unit.lines().find_map(|line| Some(line.strip_prefix("ExecStart=")?.split(' ').next()?.to_owned())).unwrap()
    };
    assert_eq!(started(&bin), bin.join("weibox").display().to_string());
    assert!(started(&home.path("elsewhere")).ends_with("opt/weibox-1.0/weibox"));
}

#[test]
fn no_unit_is_made_that_could_not_start_without_an_app_secret() {
    let home = Home::new();
    let directory = home.path("units");
    let args = ["--listen", ":8080", "service", directory.to_str().unwrap()];
    let refused = home.output(&args, &[]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("without an app secret") && told.contains("hint: set `WEIBOX_APP_SECRET`"), "{told}");
    assert!(!directory.exists());
    let written = home.output(&[&args[..], &["--insecure-accept-unsigned"]].concat(), &[]);
    let told = String::from_utf8(written.stderr).unwrap();
    for name in ["weibox.service", "weibox.socket"] {
        assert!(told.contains(&format!("written: {}\n", directory.join(name).display())), "{told}");
    }
}

#[test]
fn a_dollar_is_doubled_only_where_systemd_halves_it() {
    let home = Home::new();
    let (data, name) = (home.path("a$HOME"), "a$USER");
    let args = ["--data-dir", data.to_str().unwrap(), "service", "--system"];
    let command = &mut Command::new(env!("CARGO_BIN_EXE_weibox"));
    let printed = command.env_clear().args(args).env("HOME", home.path("")).env("WEIBOX_USER", name).output().unwrap();
    let unit = String::from_utf8(printed.stdout).unwrap();
    let (plain, doubled) = (data.display().to_string(), home.path("a$$HOME").display().to_string());
    assert!(unit.contains(&format!("serve --data-dir {doubled}")), "{unit}");
    assert!(unit.lines().any(|line| line == format!("ReadWritePaths={plain}")), "{unit}");
    assert!(unit.lines().any(|line| line == format!("Environment=WEIBOX_USER={name}")), "{unit}");
}

#[test]
fn a_secret_of_the_environment_is_in_no_unit_and_is_warned_of() {
    let home = Home::new();
    let printed = home.output(&["service", "--user"], &[("WEIBOX_APP_SECRET", SECRET)]);
    let (out, told) = (String::from_utf8(printed.stdout).unwrap(), String::from_utf8(printed.stderr).unwrap());
    assert!(out.contains("# weibox.service\n[Unit]") && out.contains("# weibox.socket\n[Unit]"), "{out}");
    assert!(!out.contains(SECRET) && !told.contains(SECRET));
    assert!(told.contains("`WEIBOX_APP_SECRET`") && told.contains("--app-secret-file"), "{told}");
    let refused = home.output(&["service", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn a_service_of_the_machine_that_could_not_start_or_would_be_of_root_is_warned_of() {
    let home = Home::new();
    let print = || {
        let printed = home.output(&["service", "--system"], &[]);
        assert_eq!(printed.status.code(), Some(0));
        (String::from_utf8(printed.stdout).unwrap(), String::from_utf8(printed.stderr).unwrap())
    };
    let (unit, told) = print();
    assert!(
        unit.contains("\nRuntimeDirectory=%N\n") && unit.contains("\nEnvironment=XDG_RUNTIME_DIR=%t/%N\n"),
        "{unit}"
    );
    let make = format!("hint: `install -d -o USER -m 700 {}`", home.data_dir().display());
    assert!(told.contains("the service does not start") && told.contains(&make), "{told}");
    fs::create_dir(home.data_dir()).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let told = print().1;
    assert_eq!(told.contains("will run as root"), is_root, "{told}");
    assert!(!told.contains("does not start"), "{told}");
}
