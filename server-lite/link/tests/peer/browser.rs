//! A page in a browser, as far as the console's end decides: what it says of itself holds for all of its connection.

use std::sync::Arc;

use deskhand_link::peer::{Peer, PeerConfig, PeerError, PeerEvent, Sharer};
use deskhand_protocol::call::{channel::Channel, control::VideoCodec};

use crate::pair::{End, introduced};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_opens_beside_its_one_channel_is_closed() {
    // A hostile one: it opens every channel that there is.
    let (page, mut events, offer) = Peer::offerer(PeerConfig::default(), &[VideoCodec::H264]).await.unwrap();
    let offer = offer.replacen("m=", "a=tool:deskhand-browser\r\nm=", 1);
    let (peer, console_events, answer) = Peer::answerer(PeerConfig::default(), &offer).await.unwrap();
    let mut console = End { peer, events: console_events };
    assert_eq!(console.peer.sharer(), Sharer::Browser);
    for channel in Channel::ALL.into_iter().filter(|channel| *channel != Channel::Control) {
        assert_eq!(console.peer.send(channel, b"x").await, Err(PeerError::NoSuchChannel), "{channel:?}");
    }
    page.accept_answer(&answer).await.unwrap();
    let page = Arc::new(page);
    for channel in Channel::ALL {
        let page = Arc::clone(&page);
        tokio::spawn(async move { drop(page.send(channel, b"through").await) });
    }
    let reading = tokio::spawn(async move { while events.next().await.is_some() {} });
    while let Some(event) = console.next().await {
        if let PeerEvent::Message { channel, .. } = event {
            assert_eq!(channel, Channel::Control);
        }
    }
    reading.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_is_none() {
    let (helper, console, _) = introduced(VideoCodec::Av1).await;
    assert_eq!((helper.peer.sharer(), console.peer.sharer()), (Sharer::Helper, Sharer::Helper));
}
