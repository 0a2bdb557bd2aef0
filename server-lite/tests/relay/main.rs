//! The relay behind real listeners, spoken to by typed peers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by failing")]

mod acme;
mod bad_input;
mod binary;
mod browsers;
mod chat;
mod claims;
mod company;
mod detour;
mod doors;
mod figures;
mod joining;
mod lan;
mod marks;
mod outside;
mod pages;
mod peers;
mod proxies;
mod records;
mod restart;
mod routes;
mod sessions;
mod templates;
mod together;
