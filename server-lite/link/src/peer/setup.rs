//! Builds the transport below a [`Peer`](super::Peer).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_protocol::call::{channel::Channel, control::VideoCodec};
use rtc::{
    data_channel::RTCDataChannelInit,
    ice::mdns::MulticastDnsMode,
    interceptor::{
        BandwidthEstimator, CongestionControlBuilder, NackResponderBuilder, PacketReport, ReceiverReportBuilder,
        Registry, SenderReportBuilder, Slot, TwccReceiverBuilder, TwccSenderBuilder,
    },
    peer_connection::configuration::{
        media_engine::MediaEngine,
        setting_engine::{SctpMaxMessageSize, SettingEngine},
    },
    rtp_transceiver::rtp_sender::{RTCPFeedback, RTCRtpHeaderExtensionCapability, RtpCodecKind},
};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfiguration, RTCConfigurationBuilder,
    RTCIceServer, RTCIceTransportPolicy, SettingEngineBuilder,
};

use super::{
    Direct, IceServer, PeerConfig, PeerError,
    addresses::OwnAddresses,
    path::{FEEDBACK, Report},
    prompt::Prompt,
    video,
    watched::Watched,
};

/// Silence after which the path counts as interrupted. Keep-alives go every [`KEEP_ALIVE`]; three may be lost.
const DISCONNECTED: Duration = Duration::from_secs(4);
/// Silence after which the path is given up, counted from [`DISCONNECTED`].
const FAILED: Duration = Duration::from_secs(12);
/// How often an idle path is checked.
const KEEP_ALIVE: Duration = Duration::from_secs(1);
/// Pause between checks of a pair of candidates while there is no path: RFC 8445 section 14 asks for 50 ms at least.
const CHECK: Duration = Duration::from_millis(50);
/// Checks before a pair counts as dead: as long as [`FAILED`] allows. The console begins to check when it has made its
/// answer, which may take seconds to reach the helper.
const CHECKS: u16 = 320;

/// How long paths between the addresses that routers show wait for one without a router between. The library takes
/// half a second.
const REFLEXIVE_WAIT: Duration = Duration::from_millis(150);
/// How long the path through the relay waits for a direct one: two checks on a line of 150 ms round trip. The library
/// takes two seconds, in which the customer sees nothing.
const RELAY_WAIT: Duration = Duration::from_millis(400);

/// Threads for the drivers of all connections of a program. A driver that shared its thread with other work would look
/// to the path's measure like a queue, and carried a third of a file in the same time.
const DRIVERS: usize = 2;

/// Bytes of one channel that may wait unacknowledged before a send waits. 512 KiB fill 40 Mbit/s at 100 ms.
const SEND_BUFFER: usize = 512 * 1024;

/// Packets of video kept for sending again: two seconds at 10 Mbit/s. Must be a power of two.
const RESEND: u16 = 2_048;

/// How far the URI of the transport-wide sequence number is known.
const TRANSPORT_CC: &str = rtc::sdp::extmap::TRANSPORT_CC_URI;

/// Which end is built, with what listens to its video stream.
pub(super) enum VideoEnd {
    /// Sends: hears requests for key frames and what became of packets.
    Sending(video::send::KeyFrameRequests, Arc<Watched>),
    /// Receives.
    Receiving(video::receive::VideoReceiver),
}

/// Opens the sockets and makes the connection.
pub(super) async fn connection(
    config: &PeerConfig,
    (codec, payload_type): (VideoCodec, u8),
    end: VideoEnd,
    handler: Arc<dyn PeerConnectionEventHandler>,
) -> Result<Arc<dyn PeerConnection>, PeerError> {
    let path = match &end {
        VideoEnd::Sending(_, path) => Some(Arc::clone(path)),
        VideoEnd::Receiving(_) => None,
    };
    let connection = PeerConnectionBuilder::new()
        .with_configuration(configuration(config.direct, config.ways.servers().await))
        .with_media_engine(media(codec, payload_type)?)
        .with_setting_engine(settings())
        .with_interceptor_registry(interceptors(end))
        .with_data_channel_send_buffer_limit(SEND_BUFFER)
        .with_handler(handler)
        .with_runtime(Arc::new(Prompt::new(path)))
        .with_dedicated_reactor_pool_size(DRIVERS)
        .with_udp_addrs(vec![OwnAddresses])
        .build()
        .await
        .map_err(transport)?;
    Ok(Arc::new(connection))
}

/// How paths are found.
pub(super) fn configuration(direct: Direct, servers: Vec<IceServer>) -> RTCConfiguration {
    let servers =
        servers.into_iter().map(|IceServer { urls, username, credential }| RTCIceServer { urls, username, credential });
    let policy = match direct {
        Direct::Offered => RTCIceTransportPolicy::All,
        Direct::Withheld => RTCIceTransportPolicy::Relay,
    };
    RTCConfigurationBuilder::new().with_ice_servers(servers.collect()).with_ice_transport_policy(policy).build()
}

/// How a channel is opened.
pub(super) fn channel_options(channel: Channel) -> RTCDataChannelInit {
    RTCDataChannelInit {
        ordered: channel.is_reliable(),
        max_retransmits: (!channel.is_reliable()).then_some(0),
        ..Default::default()
    }
}

pub(super) fn transport(error: webrtc::error::Error) -> PeerError {
    PeerError::Transport(error.to_string())
}

fn settings() -> SettingEngine {
    SettingEngineBuilder::new()
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        // A restart gathers anew with new sockets: the machine may be on another network.
        .with_discard_local_candidates_during_ice_restart(true)
        .with_ice_timeouts(Some(DISCONNECTED), Some(FAILED), Some(KEEP_ALIVE))
        .with_ice_connection_attempts(Some(CHECK), Some(CHECKS))
        // A check that overtakes the answer makes the other end a peer-reflexive candidate; the library would wait a
        // second before it trusts one, and with it all that is sent meanwhile.
        .with_prflx_acceptance_min_wait(Some(Duration::ZERO))
        .with_srflx_acceptance_min_wait(Some(REFLEXIVE_WAIT))
        .with_relay_acceptance_min_wait(Some(RELAY_WAIT))
        .with_sctp_max_message_size(SctpMaxMessageSize::Unbounded)
        // As far back as packets are sent again.
        .with_srtp_replay_protection_window(RESEND.into())
        .build()
}

fn media(codec: VideoCodec, payload_type: u8) -> Result<MediaEngine, PeerError> {
    let mut media = MediaEngine::default();
    media.register_codec(video::parameters(codec, payload_type), RtpCodecKind::Video).map_err(transport)?;
    for (typ, parameter) in [("nack", ""), ("nack", "pli"), ("transport-cc", "")] {
        let feedback = RTCPFeedback { typ: typ.to_owned(), parameter: parameter.to_owned() };
        media.register_feedback(feedback, RtpCodecKind::Video);
    }
    let extension = RTCRtpHeaderExtensionCapability { uri: TRANSPORT_CC.to_owned() };
    media.register_header_extension(extension, RtpCodecKind::Video, None).map_err(transport)?;
    Ok(media)
}

/// The library's pacer is not among them: it would hold back what is sent again, and whoever sends a picture would not
/// learn that it waits. [`VideoSender`](video::send::VideoSender) holds its packets back itself.
fn interceptors(end: VideoEnd) -> Registry {
    match end {
        VideoEnd::Sending(requests, path) => Registry::new()
            .with(
                Slot::CongestionControl,
                CongestionControlBuilder::new(Reported { path, repeats: Repeats::default() }).build(),
            )
            .with(Slot::TwccSender, TwccSenderBuilder::new().build())
            .with(Slot::NackResponder, NackResponderBuilder::new().with_size(RESEND).build())
            .with(Slot::SenderReport, SenderReportBuilder::new().build())
            .with(application_end(), requests),
        VideoEnd::Receiving(receiver) => Registry::new()
            .with(
                Slot::TwccReceiver,
                video::feedback::Feedback::new(TwccReceiverBuilder::new().with_interval(FEEDBACK).build()),
            )
            .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
            .with(application_end(), receiver),
    }
}

/// Behind everything that reads arrival times.
fn application_end() -> Slot {
    Slot::from(12_500)
}

/// Passes on what became of packets; what follows from it is [`Watched`]'s.
struct Reported {
    path: Arc<Watched>,
    repeats: Repeats,
}

/// Tells packets that are sent for the first time from those sent again: the last one of a picture goes twice, and so
/// does what the viewer asks for. Of two that arrive the viewer drops the second before it is counted, so that a second
/// one without an arrival says nothing of the path.
#[derive(Default)]
struct Repeats {
    newest: Option<u16>,
}

impl Repeats {
    /// Whether the path lost this packet of the stream, or it arrived.
    fn tells(&mut self, rtp_sequence_number: u16, arrived: bool) -> bool {
        // RFC 1982: what is less than half the numbers ahead is newer.
        let newer = self.newest.is_none_or(|newest| {
            let ahead = rtp_sequence_number.wrapping_sub(newest);
            ahead != 0 && ahead < 0x8000
        });
        if newer {
            self.newest = Some(rtp_sequence_number);
        }
        newer || arrived
    }
}

impl BandwidthEstimator for Reported {
    fn on_reports(&mut self, now: Instant, reports: &[PacketReport]) {
        let reports: Vec<_> = reports
            .iter()
            .filter(|report| self.repeats.tells(report.rtp_sequence_number, report.arrived))
            .map(|report| Report {
                departure: report.departure,
                arrival: report.arrival.filter(|_| report.arrived),
                bytes: report.size,
            })
            .collect();
        self.path.reported(now, &reports);
    }

    fn target_bitrate(&self) -> f64 {
        self.path.estimate(Instant::now()).bits_per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_that_goes_again_is_not_lost_because_the_viewer_had_it_already() {
        let mut repeats = Repeats::default();
        let told: Vec<_> = [(65_534, true), (65_535, true), (65_535, false), (0, true), (65_535, false), (1, false)]
            .into_iter()
            .map(|(number, arrived)| repeats.tells(number, arrived))
            .collect();
        assert_eq!(told, [true, true, false, true, false, true]);
        assert!(repeats.tells(1, true), "it arrived at the second try");
    }
}
