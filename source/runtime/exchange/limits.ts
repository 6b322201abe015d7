/** Every bound of the exchange of objects between peers, each with its reason. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Object bytes in one segment; its last object may reach beyond that. About what an interruption costs, and small enough for memory. */
export const segmentTargetBytes = 4 * mebibyte;

/**
 * The same on slower paths. Each divides the one before, so that cuts of one size are cuts of all smaller ones and packs
 * fit whoever wants them next.
 */
export const slowSegmentBytes = [mebibyte, 256 * kibibyte, 64 * kibibyte] as const;

/** A path that nobody has measured yet begins with segments of this size, for as many as may be under way and two more. */
export const firstSegmentBytes = 256 * kibibyte;

/** A segment should take no longer on its way: with an object that reaches beyond it, it may take twice as long. */
export const segmentMs = 1000;

/**
 * Object bytes a millisecond below which packs are deflated anew: the fifth that they get smaller by is then worth more
 * than the time, with room for a machine of half the speed (docs/performance.md, "Compression").
 */
export const slowPathBytesPerMs = 4000;

/** Larger objects travel in parts; also the limit of object bytes in one segment. */
export const maxSegmentObjectBytes = 8 * mebibyte;

/** Objects in one segment: bounds what many tiny objects add in headers, and the work of indexing one. */
export const maxSegmentObjects = 4096;

/** A pack on the wire: its object bytes, what deflate adds to random bytes, and the pack's own headers. */
export const maxPackBytes = maxSegmentObjectBytes + 512 * kibibyte;

/** The largest object that is made of a delta: no sign of life comes from who does it. */
export const maxDeltaResultBytes = 1024 * mebibyte;

/** Deltas that were made for one peer and are kept for the next, in memory. */
export const maxKeptDeltaBytes = 8 * mebibyte;

/** A pack's header and its checksum: no pack is shorter. */
export const minPackBytes = 32;

/** Bytes of a large object in one part: written, counted and resumable after each. */
export const partBytes = 4 * mebibyte;

/** Segments and parts that may be sent and not yet acknowledged, each way: one on the wire, one indexed, one between. */
export const maxUnackedUnits = 3;

/** Object bytes in one JSON chunk. The chunk also has to fit the relay's limit for a text message after base64. */
export const maxChunkBytes = 256 * kibibyte;

/** Objects in one JSON chunk: each costs some 250 bytes of JSON beside its data. */
export const maxChunkObjects = 128;

/** A larger object is cut into pieces of exactly this size on tier json, numbered, so that a piece's number is its offset. */
export const chunkPieceBytes = 64 * kibibyte;

/** Object bytes on tier json that may be sent and not yet acknowledged. */
export const maxUnackedChunkBytes = 4 * mebibyte;

/** A tree or commit is read and taken whole, as the store takes it: a folder of 200,000 names fits. */
export const maxWholeObjectBytes = 16 * mebibyte;

/** A larger blob that comes in pieces grows on disk; a file and a pack for each smaller one would cost more than it saves. */
export const maxHeldObjectBytes = mebibyte;

/** Ids behind the boundary that a joiner takes: some years of saves; they are held in memory. */
export const maxGraphCommits = 500_000;

/** The same with their parents: most commits have one, merges two. */
export const maxGraphIds = 3 * maxGraphCommits;

/** Ids that one want may name, as the message's schema says. */
export const maxHave = 256;

/** Nothing at all of an answer for this long: another peer is asked. */
export const silenceMs = 5000;

/** A supplier that works but has nothing to send says so this often: well within the silence that is taken for an absence. */
export const workingMs = 1500;

/** A supplier that says it works but sends no object for this long is left all the same. */
export const stallMs = 60_000;

/** How long the former carrier may go on with what is under way after a switch. */
export const handOverMs = 10_000;

/** A former carrier on which nothing comes for this long is not waited for: it is most likely why there was a switch. */
export const handOverQuietMs = 2500;

/** A want whose carrier died waits so long for the next one, as long as the peer is about. */
export const graceMs = 30_000;

/** The same for a peer that nobody sees any more: it may only be changing its network. */
export const absentGraceMs = 10_000;

/** A receiver that acknowledges nothing for this long is gone or stuck: what is held for it is let go. */
export const ackMs = 60_000;

/** Answers at once in one process: each holds at most two packs in memory. */
export const maxPacksInMemory = 6;

/** Wants of one peer at a time; a correct peer has one, and a second one while it changes carriers. */
export const maxWantsPerChannel = 4;

/** Disk for packs made for one joiner and kept for the next. */
export const maxCacheBytes = 256 * mebibyte;
