//! The machine of a measurement, read from Linux's `/proc`.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Serialize;

/// A machine, and the disk with the data.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    processor: String,
    cores: usize,
    memory_gib: u64,
    kernel: String,
    disk: Disk,
    day: String,
}

/// The disk of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Disk {
    device: String,
    file_system: String,
}

impl Machine {
    /// This machine, with the disk of `folder`. Fails if that is in memory, where a sync proves nothing.
    pub fn detect(folder: &Path) -> anyhow::Result<Self> {
        let disk = Disk::under(&folder.canonicalize()?, &read("/proc/mounts")?)?;
        anyhow::ensure!(
            !["tmpfs", "ramfs"].contains(&&*disk.file_system),
            "{} is in memory ({}): let TMPDIR name a folder on a disk",
            folder.display(),
            disk.file_system
        );
        Ok(Self {
            processor: field(&read("/proc/cpuinfo")?, "model name").unwrap_or("unknown processor").to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: kib(&read("/proc/meminfo")?, "MemTotal")? / 1024 / 1024,
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            disk,
            day: chrono::Utc::now().date_naive().to_string(),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, memory_gib, kernel, disk, day } = self;
        let Disk { device, file_system } = disk;
        write!(
            formatter,
            "{day}, {cores} cores of {processor}, {memory_gib} GiB, Linux {kernel}, data on {device} ({file_system})"
        )
    }
}

impl Disk {
    /// The deepest mount that contains `folder`.
    fn under(folder: &Path, mounts: &str) -> anyhow::Result<Self> {
        let mounts = mounts.lines().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, PathBuf::from(words.next()?), words.next()?))
        });
        let holding = mounts.filter(|(_, at, _)| folder.starts_with(at));
        let (device, _, file_system) = holding
            .max_by_key(|(_, at, _)| at.components().count())
            .with_context(|| format!("/proc/mounts does not say what {} is on", folder.display()))?;
        Ok(Self { device: device.to_owned(), file_system: file_system.to_owned() })
    }
}

pub fn read(file: &str) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("failed to read {file}"))
}

/// The value after the first `name:`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

/// The same for a size in kB, which are KiB.
pub fn kib(text: &str, name: &str) -> anyhow::Result<u64> {
    let size = field(text, name).and_then(|value| value.strip_suffix(" kB")?.parse().ok());
    size.with_context(|| format!("/proc does not tell {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_on_its_deepest_mount() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/deep xfs rw 0 0\n";
        let held_by = |folder: &str| Disk::under(Path::new(folder), mounts).unwrap().device;
        assert_eq!(held_by("/var/tmp"), "/dev/a");
        assert_eq!(held_by("/tmp/x"), "tmpfs");
        assert_eq!(held_by("/tmp/deep/x"), "/dev/b");
    }
}
