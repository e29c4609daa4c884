//! The binary; the library contains all of the code.

use std::process::ExitCode;

fn main() -> ExitCode {
    weibox::run::main()
}
