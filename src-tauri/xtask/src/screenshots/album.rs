//! The pictures that were taken, and the page that lists them.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

use crate::say;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Deskhand screens</title>\n\
    <style>body { font: 14px system-ui, sans-serif; margin: 24px } h2 { margin: 28px 0 8px; font-size: 15px }\n\
    div { display: flex; flex-wrap: wrap; gap: 14px; align-items: start } figure { margin: 0 }\n\
    img { max-width: 420px; max-height: 420px; border: 1px solid #8888 } figcaption { color: #666 }</style>\n";

/// See the module.
#[derive(Debug)]
pub struct Album {
    folder: PathBuf,
    /// Screen and look of each, in the order in which they were taken.
    taken: Vec<(String, String)>,
    missed: Vec<String>,
}

impl Album {
    /// An empty one in a folder, which is made.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder: folder.to_path_buf(), taken: Vec::new(), missed: Vec::new() })
    }

    /// Takes one picture.
    ///
    /// # Errors
    ///
    /// When it cannot be taken, or is empty.
    pub fn take(&mut self, screen: &str, look: &str, take: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let file = self.folder.join(screen).join(format!("{look}.png"));
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        take(&file).with_context(|| format!("no picture of {screen} ({look})"))?;
        ensure!(fs::metadata(&file).is_ok_and(|file| file.len() > 0), "an empty picture of {screen} ({look})");
        self.taken.push((screen.to_owned(), look.to_owned()));
        say(&format!("{:4}  {screen}/{look}", self.taken.len()));
        Ok(())
    }

    /// A screen was not reached; the others still are.
    pub fn missed(&mut self, screen: &str, error: &anyhow::Error) {
        say(&format!("      {screen}: {error:#}"));
        self.missed.push(format!("{screen} ({error:#})"));
    }

    /// What was not reached.
    #[must_use]
    pub fn all_missed(&self) -> &[String] {
        &self.missed
    }

    /// How many pictures there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Writes the page that lists them, and says where it is.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn index(&self) -> Result<PathBuf> {
        let mut html = HEAD.to_owned();
        let mut screens: Vec<&str> = Vec::new();
        for (screen, _) in &self.taken {
            if !screens.contains(&screen.as_str()) {
                screens.push(screen);
            }
        }
        // Names are our own: letters, digits, `-` and `/`.
        for screen in screens {
            write!(html, "<h2>{screen}</h2>\n<div>\n")?;
            for (_, look) in self.taken.iter().filter(|(of, _)| of == screen) {
                let file = format!("{screen}/{look}.png");
                writeln!(
                    html,
                    "<figure><a href=\"{file}\"><img src=\"{file}\" alt=\"{screen}, {look}\" loading=\"lazy\"></a>\
                     <figcaption>{look}</figcaption></figure>"
                )?;
            }
            html.push_str("</div>\n");
        }
        let file = self.folder.join("index.html");
        fs::write(&file, html)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn the_page_lists_each_screen_once_with_all_its_looks() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::new(folder.path()).unwrap();
        for (screen, look) in [("console/home", "light"), ("console/audit", "light"), ("console/home", "dark")] {
            album.take(screen, look, |file| Ok(fs::write(file, "a picture")?)).unwrap();
        }
        assert!(album.take("console/none", "light", |file| Ok(fs::write(file, "")?)).is_err());
        let html = fs::read_to_string(album.index().unwrap()).unwrap();
        assert_eq!(html.matches("<h2>console/home</h2>").count(), 1);
        for file in ["console/home/light.png", "console/home/dark.png", "console/audit/light.png"] {
            assert!(html.contains(&format!("src=\"{file}\"")) && folder.path().join(file).is_file(), "{file}");
        }
        assert!(!html.contains("none"));
    }
}
