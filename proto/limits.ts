// The numbers both ends of a wire must agree on, each with what goes wrong on either side of it.

/** Version of the peer-to-edge protocol this code speaks. */
export const protocolVersion = 1;

/** Largest WebSocket frame and gRPC message. Below it a page of offers or an SDP would not fit; above it a
 * flood of large frames costs the edge memory. A poster is the largest thing sent. */
export const maxFrameBytes = 128 * 1024;

/** Largest poster. A 480-pixel WebP key frame takes 8–30 KiB; more is a picture for another purpose. */
export const maxPosterBytes = 64 * 1024;

/** Offers in one page. 200 offers are about 40 KiB: small enough to leave room for other messages. */
export const maxOffersPerPage = 200;

/** Offers of one peer. */
export const maxOffersPerPeer = 50_000;

/** Messages a second one session may send, averaged; three times as many in a burst. A browser that trickles
 * candidates for ten links stays under it. */
export const maxMessagesPerSecond = 100;

/** Entries one peer may watch individually. */
export const maxInterestIds = 100;

/** Characters of texts people chose. They are only ever shown as text. */
export const maxTitleLength = 300;
export const maxFolderNameLength = 200;
export const maxDisplayNameLength = 60;
export const maxTorrentNameLength = 255;

/** Swarms one peer may be in. Each has connections of its own, and a browser stops at 500. */
export const maxJoinedSwarms = 50;
/** Members a newcomer is introduced to; more connections cost a page more than they bring. */
export const maxIntroductions = 30;

/** Bytes of one SDP. Chromium's data-channel SDP takes 500–1,500 bytes before candidates. */
export const maxSdpBytes = 16 * 1024;
/** Bytes of one candidate line. */
export const maxCandidateBytes = 1024;

/** Largest message on a data channel, header included: Chromium's limit, and the fastest size measured. */
export const maxTransferFrameBytes = 256 * 1024;
/** Kind, padding, request id and offset in front of payload. */
export const transferHeaderBytes = 16;
/** Largest info dictionary: 16,384 pieces take 320 KiB, and a viewer holds one for each film it verifies. */
export const maxInfoDictionaryBytes = 512 * 1024;
/** Ranges one viewer may read at once on one link. */
export const maxConcurrentRanges = 16;
/** Plain bytes of a range that travels deflated: the index of a ten-hour film. Above it a viewer could keep the owner's
 * processor busy for seconds. */
export const maxDeflatedRangeBytes = 16 * 1024 * 1024;
