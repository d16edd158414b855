//! The webhook's secret, which a pipeline keeps in its folder if its settings name none.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use processor::handlers::Secret;
use ring::rand::{SecureRandom, SystemRandom};

use crate::{
    DataDirectory, InUse,
    file_names::{NEW_SECRET, SECRET},
};

/// The length of a new secret.
const SECRET_BYTES: usize = 32;
/// More than the longest secret takes.
const FILE_BYTES_MAX: u64 = 1024;
/// The permissions that make a file readable or writable to other users.
const OTHERS: u32 = 0o077;

/// A secret and its file.
pub struct WebhookSecret {
    text: String,
    path: PathBuf,
    is_new: bool,
}

/// The file of the secret can't be used. The message does not quote it.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// It is a link, a folder or a device.
    #[error(
        "{0} is not a regular file: replace it by the file with the secret, or remove it to have a new secret made"
    )]
    NotAFile(PathBuf),
    /// Other users of the machine may read or change it.
    #[error(
        "other users may read or change {path} (mode {mode:03o}): run chmod 600 on it, or remove it to have a new secret made"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Its content is no secret.
    #[error(
        "{0} does not contain a secret: restore it, or remove it to have a new secret made, which the receiver then needs too"
    )]
    Damaged(PathBuf),
    /// It can't be read.
    #[error("failed to read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A new one can't be written.
    #[error("failed to write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Another process runs the pipeline.
    #[error(transparent)]
    InUse(#[from] InUse),
    /// The system has no randomness.
    #[error("the system returned no random bytes for a secret")]
    NoRandomness,
}

impl WebhookSecret {
    /// The secret, as settings contain it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it was made by this process.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The secret in the file at `path`; None if there is no file.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub fn read(path: &Path) -> Result<Option<Self>, SecretFileError> {
        let failed = |source| SecretFileError::Read { path: path.to_owned(), source };
        let found = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(failed)?,
        };
        if !found.is_file() {
            return Err(SecretFileError::NotAFile(path.to_owned()));
        }
        let mode = found.mode() & 0o777;
        if mode & OTHERS != 0 {
            return Err(SecretFileError::Exposed { path: path.to_owned(), mode });
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
        let text = str::from_utf8(&bytes).unwrap_or_default().trim_ascii().to_owned();
        match Secret::parse(&text) {
            Ok(_) => Ok(Some(Self { text, path: path.to_owned(), is_new: false })),
            Err(_) => Err(SecretFileError::Damaged(path.to_owned())),
        }
    }
}

/// Without the text.
impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebhookSecret").field("path", &self.path).finish_non_exhaustive()
    }
}

impl DataDirectory {
    /// The file of the webhook's secret, which need not exist.
    pub fn webhook_secret_file(&self) -> PathBuf {
        self.path().join(SECRET)
    }

    /// The webhook's secret. Makes one if there is none, which is lost unless it is kept.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub fn webhook_secret(&self) -> Result<WebhookSecret, SecretFileError> {
        let path = self.webhook_secret_file();
        if let Some(secret) = WebhookSecret::read(&path)? {
            return Ok(secret);
        }
        let mut bytes = [0; SECRET_BYTES];
        SystemRandom::new().fill(&mut bytes).map_err(|_| SecretFileError::NoRandomness)?;
        Ok(WebhookSecret { text: format!("whsec_{}", BASE64.encode(bytes)), path, is_new: true })
    }

    /// Keeps a new secret in the folder. The folder must not be in use.
    ///
    /// # Errors
    /// [`SecretFileError`], also if another process has kept one since.
    pub fn keep_webhook_secret(&self, secret: &WebhookSecret) -> Result<(), SecretFileError> {
        if !secret.is_new {
            return Ok(());
        }
        let _lock = self.lock()?;
        self.write(secret).map_err(|source| SecretFileError::Write { path: secret.path.clone(), source })
    }

    /// Writes the file under another name and renames it, so that a crash leaves no incomplete secret.
    fn write(&self, secret: &WebhookSecret) -> io::Result<()> {
        if secret.path.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let new = self.path().join(NEW_SECRET);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&new)?;
        writeln!(file, "{}", secret.text)?;
        file.sync_all()?;
        fs::rename(&new, &secret.path)?;
        File::open(self.path())?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn data() -> (tempfile::TempDir, DataDirectory) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDirectory::new(folder.path().join("data"));
        (folder, data)
    }

    fn kept(data: &DataDirectory) -> PathBuf {
        data.keep_webhook_secret(&data.webhook_secret().unwrap()).unwrap();
        data.webhook_secret_file()
    }

    #[test]
    fn a_new_secret_is_kept_for_this_user_alone_and_read_again() {
        let (_folder, data) = data();
        let secret = data.webhook_secret().unwrap();
        assert!(secret.is_new() && !data.path().exists(), "nothing is written before it is kept");
        data.keep_webhook_secret(&secret).unwrap();
        assert_eq!(fs::metadata(secret.path()).unwrap().mode() & 0o777, 0o600);
        let again = data.webhook_secret().unwrap();
        assert_eq!((again.text(), again.is_new()), (secret.text(), false));
        data.keep_webhook_secret(&again).unwrap();
        let other = super::tests::data().1.webhook_secret().unwrap();
        assert_ne!(other.text(), secret.text());
        assert!(!format!("{secret:?}").contains(secret.text()));
    }

    #[test]
    fn a_secret_is_not_replaced_by_one_that_was_made_at_the_same_time() {
        let (_folder, data) = data();
        let late = data.webhook_secret().unwrap();
        let file = kept(&data);
        let before = fs::read(&file).unwrap();
        assert!(matches!(data.keep_webhook_secret(&late), Err(SecretFileError::Write { .. })));
        assert_eq!(fs::read(&file).unwrap(), before);
    }

    #[test]
    fn a_file_that_is_no_secret_is_refused_and_unchanged() {
        for content in ["", "\n", "whsec_", "whsec_AAAA", "dear diary", &"A".repeat(2_000), "\u{0}"] {
            let (_folder, data) = data();
            let file = kept(&data);
            fs::write(&file, content).unwrap();
            assert!(matches!(data.webhook_secret(), Err(SecretFileError::Damaged(path)) if path == file));
            assert_eq!(fs::read_to_string(&file).unwrap(), content);
        }
    }

    #[test]
    fn a_file_that_other_users_may_read_or_change_is_refused() {
        for mode in [0o644, 0o640, 0o620, 0o601] {
            let (_folder, data) = data();
            let file = kept(&data);
            fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            let refused = data.webhook_secret().unwrap_err();
            assert!(refused.to_string().contains(&format!("mode {mode:o}): run chmod 600")), "{refused}");
        }
    }

    #[test]
    fn a_link_or_a_folder_is_refused() {
        let (folder, data) = data();
        let file = kept(&data);
        let target = folder.path().join("elsewhere");
        fs::rename(&file, &target).unwrap();
        symlink(&target, &file).unwrap();
        assert!(matches!(data.webhook_secret(), Err(SecretFileError::NotAFile(_))));
        fs::remove_file(&target).unwrap();
        assert!(matches!(data.webhook_secret(), Err(SecretFileError::NotAFile(_))), "a broken link");
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(matches!(data.webhook_secret(), Err(SecretFileError::NotAFile(_))));
    }

    #[test]
    fn an_interrupted_write_does_not_prevent_the_next() {
        let (_folder, data) = data();
        drop(data.lock().unwrap());
        fs::write(data.path().join(NEW_SECRET), "whsec_cut").unwrap();
        assert!(kept(&data).exists());
        assert!(!data.path().join(NEW_SECRET).exists());
    }
}
