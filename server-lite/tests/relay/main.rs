//! The relay behind real listeners, spoken to by typed peers.

mod bad_input;
mod binary;
mod chat;
mod claims;
mod doors;
mod joining;
mod lan;
mod peers;
mod restart;
mod routes;
mod sessions;
