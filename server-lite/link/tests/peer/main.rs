//! Two ends of a connection in one process, over real sockets.

mod channels;
mod ends;
mod pair;
mod pictures;
