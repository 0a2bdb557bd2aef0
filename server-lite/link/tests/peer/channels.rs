//! Messages on the data channels.

use std::time::Instant;

use deskhand_link::peer::{PeerError, Sent};
use deskhand_protocol::call::{channel::Channel, control::VideoCodec};

use crate::pair::{connected, introduced, noise};

#[tokio::test(flavor = "multi_thread")]
async fn every_channel_carries_messages_both_ways() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    for (index, channel) in (0_u64..).zip(Channel::ALL) {
        let there = noise(index, 100);
        helper.peer.send(channel, &there).await.unwrap();
        assert_eq!(console.message().await, (channel, there.into()));
        let back = noise(index + 10, 1);
        console.peer.send(channel, &back).await.unwrap();
        assert_eq!(helper.message().await, (channel, back.into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_message_of_every_channel_arrives() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    for (index, channel) in (0_u64..).zip(Channel::ALL) {
        let longest = noise(index, channel.limit());
        helper.peer.send(channel, &longest).await.unwrap();
        assert_eq!(console.message().await, (channel, longest.clone().into()));
        console.peer.send(channel, &longest).await.unwrap();
        assert_eq!(helper.message().await, (channel, longest.into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_its_limit_is_not_sent() {
    let (helper, _console) = connected(VideoCodec::Av1).await;
    for channel in Channel::ALL {
        let (len, limit) = (channel.limit() + 1, channel.limit());
        assert_eq!(helper.peer.send(channel, &vec![0; len]).await, Err(PeerError::MessageTooLarge { len, limit }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_small_messages_arrive_in_order() {
    let (helper, mut console) = connected(VideoCodec::Av1).await;
    let started = Instant::now();
    let sending = tokio::spawn(async move {
        for number in 0_u32..10_000 {
            helper.peer.send(Channel::Input, &number.to_le_bytes()).await.unwrap();
        }
        helper
    });
    for number in 0_u32..10_000 {
        assert_eq!(console.message().await, (Channel::Input, number.to_le_bytes().to_vec().into()));
    }
    println!("10 000 messages of 4 bytes: {:?}", started.elapsed());
    drop(sending.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_before_the_channel_is_open_arrives_too() {
    let (helper, mut console, answer) = introduced(VideoCodec::Av1).await;
    let early = async {
        helper.peer.send(Channel::Control, b"early").await.unwrap();
    };
    let connect = async {
        helper.peer.accept_answer(&answer).await.unwrap();
    };
    tokio::join!(early, connect);
    assert_eq!(console.message().await, (Channel::Control, b"early".to_vec().into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_slow_makes_the_writer_wait_and_loses_nothing() {
    const COUNT: u32 = 400;
    let (helper, mut console) = connected(VideoCodec::Av1).await;
    let longest = Channel::Control.limit();
    let sending = tokio::spawn(async move {
        for number in 0..COUNT {
            helper.peer.send(Channel::Control, &noise(number.into(), longest)).await.unwrap();
        }
        helper
    });
    for number in 0..COUNT {
        assert_eq!(console.message().await, (Channel::Control, noise(number.into(), longest).into()));
    }
    drop(sending.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_message_comes_back_soon() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    let echo = tokio::spawn(async move {
        for _ in 0..500 {
            let (channel, message) = console.message().await;
            console.peer.send(channel, &message).await.unwrap();
        }
        console
    });
    let mut took = Vec::new();
    for number in 0_u32..500 {
        let started = Instant::now();
        helper.peer.send(Channel::Input, &number.to_le_bytes()).await.unwrap();
        assert_eq!(helper.message().await.1, number.to_le_bytes().to_vec());
        took.push(started.elapsed());
    }
    took.sort();
    println!("round trip of 4 bytes: p50 {:?}, p95 {:?}, worst {:?}", took[250], took[475], took[499]);
    drop(echo.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_go_any_more_does_not() {
    let (helper, mut console) = connected(VideoCodec::Av1).await;
    assert_eq!(helper.peer.send_if(Channel::Tiles, b"old", || false).await, Ok(Sent::No));
    assert_eq!(helper.peer.send_if(Channel::Tiles, b"new", || true).await, Ok(Sent::Yes));
    assert_eq!(console.message().await, (Channel::Tiles, b"new".to_vec().into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_drained_once_the_other_end_has_taken_it() {
    let (helper, mut console) = connected(VideoCodec::Av1).await;
    let longest = noise(1, Channel::Tiles.limit());
    for _ in 0..4 {
        helper.peer.send(Channel::Tiles, &longest).await.unwrap();
    }
    let started = Instant::now();
    tokio::time::timeout(crate::pair::PATIENCE, helper.peer.drained(Channel::Tiles, 1_000)).await.unwrap();
    println!("256 KiB taken after {:?}", started.elapsed());
    for _ in 0..4 {
        assert_eq!(console.message().await.1.len(), longest.len());
    }
}
