//! An HTTP proxy that lets nothing through but `CONNECT` to port 443, as in many offices.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    thread,
};

use anyhow::Result;

use crate::netlink::device::Namespace;

/// Where it listens.
pub const PORT: u16 = 3128;
/// The longest request that is read.
const REQUEST: usize = 4096;

/// Starts it in a namespace. Its threads end with the connections they carry, the first with the program.
///
/// # Errors
///
/// When the port is in use.
pub fn start(namespace: &Namespace, address: Ipv4Addr) -> Result<()> {
    let listener = namespace.run(|| Ok(TcpListener::bind((address, PORT))?))?;
    namespace.run(|| {
        // A thread lives in the namespace of the one that starts it.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                thread::spawn(move || drop(serve(client)));
            }
        });
        Ok(())
    })
}

fn serve(mut client: TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if request.len() >= REQUEST || client.read(&mut byte)? == 0 {
            return Ok(());
        }
        request.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&request);
    let target =
        line.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).filter(|to| to.ends_with(":443"));
    let Some(server) = target.and_then(|to| TcpStream::connect(to).ok()) else {
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        // The other way has nobody to answer any more.
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (client, server);
    let carried = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    carried.map(drop)
}
