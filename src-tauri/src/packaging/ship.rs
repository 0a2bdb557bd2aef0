//! The templates that come with this console: the helper beside it, and whatever lies in `templates` beside it. They
//! are brought to the relay once, and only take the place of others that came with a console.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use deskhand_link::relay::HttpError;
use deskhand_protocol::{limit::TEMPLATE_PART, template::NewUpload};
use deskhand_relay::template_hash;

use crate::{
    archive,
    console::{Console, Shared},
};

/// Files in the folder that are looked at.
const MOST: usize = 16;
/// After the start, so that the first screen comes first.
const PAUSE: Duration = Duration::from_secs(2);

impl Console {
    /// Brings the templates that came with this console to the relay, once there is a connection. To be run in the
    /// background; it does not keep the console.
    pub fn ship_templates(&self, helper: Option<PathBuf>) -> impl Future<Output = ()> + Send + use<> {
        let (shared, connection) = (Arc::downgrade(&self.shared), self.shared.connection());
        async move {
            tokio::time::sleep(PAUSE).await;
            let inside = shared.upgrade().is_some_and(|shared| shared.home().relay_inside().is_some());
            if !inside && !connection.await {
                return;
            }
            for file in files(helper) {
                let Some(shared) = shared.upgrade() else { return };
                if let Err(error) = shared.ship(&file).await {
                    tracing::warn!(%error, "a template that came with this console did not reach the relay");
                }
            }
        }
    }
}

impl Shared {
    async fn ship(&self, file: &Path) -> Result<(), Trouble> {
        if let Some(relay) = self.home().relay_inside() {
            return Ok(relay.ship(file.to_path_buf()).await?);
        }
        let path = file.to_path_buf();
        let size = fs::metadata(&path)?.len();
        let hash = tokio::task::spawn_blocking(move || template_hash(&path)).await??;
        let http = self.http();
        if http.templates().await?.iter().any(|template| template.sha256 == hash) {
            return Ok(());
        }
        let upload = http.begin_upload(&NewUpload { size, shipped: true }).await?;
        let mut file = File::open(file)?;
        let mut at = 0;
        loop {
            let mut part = Vec::with_capacity(TEMPLATE_PART);
            (&mut file).take(TEMPLATE_PART as u64).read_to_end(&mut part)?;
            if part.is_empty() {
                break;
            }
            let length = part.len() as u64;
            let taken = http.upload_part(upload.id, at, part).await?;
            at += length;
            if taken.received != at {
                return Err(HttpError::NotARelay.into());
            }
        }
        http.finish_upload(upload.id).await?;
        Ok(())
    }
}

/// Everything that can go wrong here only becomes a line in the log.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

fn files(helper: Option<PathBuf>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = archive::find_helper(helper).ok().into_iter().collect();
    let own = std::env::current_exe().unwrap_or_default();
    let beside = own.parent().map(|folder| folder.join("templates")).and_then(|folder| fs::read_dir(folder).ok());
    let more = beside.into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    found.extend(more.take(MOST));
    found
}
