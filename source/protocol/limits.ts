/** Every size and time of the relay's wire, each with its reason. Both ends read this one file. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** The versions of the relay protocol that this code speaks, lowest and highest. */
export const protocolVersions = [1, 1] as const;

/** A chunk of objects (256 KiB, sealed, base64) with the fields of its objects fits twice. */
export const maxTextBytes = mebibyte;

/** Long enough to cost little per frame, short enough that a head never waits behind one. */
export const maxDataBytes = 64 * kibibyte;

/** One byte says the length of an id in a binary frame; ours have 26, and this bounds what is looked at. */
export const maxFrameIdBytes = 64;

/**
 * What a writer puts into a frame: with header, 26 letters in each id and the WebSocket's own 8 bytes exactly 64 KiB. A busy
 * relay reads so much at once, and a frame that lies whole in what was read is not copied together.
 */
export const fullDataBytes = maxDataBytes - 8 - 2 * (1 + 26) - 8;

/** A binary frame: two ids with their lengths, the sequence, the data. */
export const maxFrameBytes = 2 * (1 + maxFrameIdBytes) + 8 + maxDataBytes;

/**
 * What a WebSocket takes in before it gives up. A little above the limits before, so that a message a little too large
 * gets its error and the socket stays; one above this gets the error and the socket is closed with 1009. Every socket
 * may cost this much memory, so it is not much above.
 */
export const maxPayloadBytes = maxTextBytes + 64 * kibibyte;

/** Our messages nest four deep, `ext` may add some; a parser's stack ends far above. */
export const maxJsonDepth = 16;

/** Room for the fields of a later version, none for freight. */
export const maxExtBytes = 4 * kibibyte;

/** A name is shown in a column. */
export const maxNameLength = 64;

/** Sequence of a frame: the upper 24 bits. */
export const maxGeneration = 2 ** 24 - 1;

/** Sequence of a frame: the lower 40 bits; 64 PiB of data in one generation. */
export const maxCounter = 2 ** 40 - 1;

/** Credit granted at the start: a round trip of 20 ms at 50 MB/s. */
export const startWindowBytes = mebibyte;

/** No tunnel may hold more than this in the relay's memory, whatever its receiver grants. */
export const maxWindowBytes = 8 * mebibyte;

/** Candidates of one attempt; more would make the relay's peers a port scanner. */
export const maxCandidates = 8;

export const maxCandidateLength = 512;
export const maxSdpLength = 16 * kibibyte;
export const maxSealedLength = 48 * kibibyte;

/** An agreed start lies this far ahead at most; more is a mistake in units. */
export const maxStartInMs = 60_000;

/** Commits that a request names as present. */
export const maxHave = 256;

/** Object bytes in one chunk, before sealing and base64. */
export const maxChunkBytes = 256 * kibibyte;

/** Base64 of one object in a chunk, with room for nonce, tag, the sealed ids and deflate that did not help. */
export const maxObjectDataLength = Math.ceil((maxChunkBytes + 4 * kibibyte) / 3) * 4;

/** Small objects share a chunk; each costs about 200 bytes of JSON. */
export const maxObjectsInChunk = 1024;

/** A terabyte: larger sizes are lies or mistakes. */
export const maxObjectBytes = 2 ** 40;

/** Base64 of one message of the JSON tier's byte channel: a frame's data. */
export const maxBodyLength = Math.ceil(maxDataBytes / 3) * 4;

/** Words that travel as reasons. */
export const maxReasonLength = 200;

/** What a frame counts against a text message, which is parsed and checked: a fast tunnel sends 10,000 frames a second. */
export const frameCost = 0.1;

/** From the socket's opening to an accepted create or join. */
export const handshakeDeadlineMs = 10_000;

/** Create or join on one socket: a join, then a create where the relay forgot the session, and the same once more. */
export const maxHandshakeAttempts = 4;

/** Both ends: a sign of life this often over the relay … */
export const pingIntervalMs = 5_000;

/** … and three missed mean dead. */
export const deadAfterMs = 15_000;

/** A timer of our own that fires this late means sleep or SIGSTOP: everybody gets one fresh period. */
export const lateTimerMs = 2_000;

/** Frames under way when a tunnel ends are dropped in silence for this long. */
export const tunnelGraceMs = 30_000;

/** No echo of a binary frame to oneself within this: the network passes only text. */
export const echoDeadlineMs = 3_000;

/** What a writer keeps inside its WebSocket, so that control overtakes bulk in the queue before it. */
export const maxBufferedBytes = 256 * kibibyte;

/** Often enough that "which tier now" is true, seldom enough that it costs nothing. */
export const reportEveryMs = 15_000;

/** Changes of tier that one report names; what is above is not told. */
export const maxReportedChanges = 32;
