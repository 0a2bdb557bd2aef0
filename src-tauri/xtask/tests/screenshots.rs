//! A few of the pictures that `cargo xtask screenshots` takes: a console over a relay with a past, the helper, a page.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path};

use xtask::screenshots::{
    album::Album,
    connect,
    console::{self, LOOKS},
    helper,
};

/// The files that the page of an album shows.
fn listed(folder: &Path) -> Vec<String> {
    let html = fs::read_to_string(folder.join("index.html")).unwrap();
    html.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn screens_with_real_data_come_out_of_real_windows_and_a_page_lists_them() {
    let folder = xtask::root().join("target/screenshots-some");
    let _ = fs::remove_dir_all(&folder);
    let mut album = Album::new(&folder).unwrap();
    // Light and German: the widest words; dark is the same page.
    let looks = [LOOKS[1], LOOKS[3]];
    console::take_some(&mut album, &looks).unwrap();
    helper::take_some(&mut album, &["de", "ar"]).unwrap();
    connect::take_some(&mut album, &["ar"]).unwrap();
    album.index().unwrap();
    assert!(album.all_missed().is_empty(), "{:?}", album.all_missed());

    let files = listed(&folder);
    assert_eq!(files.len(), album.len());
    assert!(files.len() >= 10, "{files:?}");
    let mut pictures: Vec<Vec<u8>> = files.iter().map(|file| fs::read(folder.join(file)).unwrap()).collect();
    let count = pictures.len();
    assert!(pictures.iter().all(|picture| picture.starts_with(b"\x89PNG") && picture.len() > 5_000));
    pictures.sort();
    pictures.dedup();
    assert_eq!(pictures.len(), count, "two screens or looks are the same");
}
