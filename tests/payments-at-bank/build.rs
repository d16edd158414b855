//! Copies the handlers of `../payments` with another function `pay`, which is the last in its file.

use std::{env, fs, io, path::Path};

const PAY: &str = "../program/handlers/pay/pay.rs";
const FILES: [&str; 4] = ["lib.rs", "bin/handle.rs", "bin/serve.rs", "bin/receive.rs"];

fn main() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let (out, pay) = (Path::new(&out), code(&fs::read_to_string(PAY)?)?);
    println!("cargo::rerun-if-changed={PAY}");
    fs::create_dir_all(out.join("bin"))?;
    for file in FILES {
        let path = Path::new("../payments/src").join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path)?.replace("use payments::", "use taskline_payments_at_bank::");
        let code = code(&text)?;
        let copy = match code.split_once("/// Call your bank here.") {
            Some((before, _)) => format!("{before}{pay}"),
            None => code,
        };
        fs::write(out.join(file), copy)?;
    }
    Ok(())
}

/// An included file has no comment about itself.
fn code(text: &str) -> io::Result<String> {
    let (_, code) = text.split_once("\n\n").ok_or(io::ErrorKind::InvalidData)?;
    Ok(code.to_owned())
}
