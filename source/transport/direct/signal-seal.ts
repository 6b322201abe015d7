/**
 * Signals as the relay carries them: sealed with a key that members alone have, for one receiver and one attempt. In the
 * clear is only the address that the relay has just told the sender. The clear fields of others are understood too.
 *
 *     sealed = base64([nonce:12][AES-256-GCM of the signal as JSON][tag:16])
 */
import {createCipheriv, createDecipheriv, randomBytes} from 'node:crypto';
import * as z from 'zod';
import {
	type Candidate,
	type CandidateRules,
	filterSdp,
	parseCandidate,
	refuseCandidate,
} from '../../protocol/candidate.js';
import {lengthPrefixed} from '../../protocol/canonical.js';
import {maxCandidates, maxReasonLength, maxSdpLength, maxStartInMs} from '../../protocol/limits.js';
import {type RelayMessageOf} from '../../protocol/relay-messages.js';
import {type SessionKeys} from '../session-keys.js';
import {type DirectSignal} from './direct-signal.js';

/** The fields of `p2p_connection_request` and `p2p_connection_response` that hold a signal. */
export type SignalFields = Omit<
	RelayMessageOf<'p2p_connection_request'>,
	'type' | 'session_id' | 'from_peer_id' | 'ext'
>;

export type SignalPath = {
	readonly keys: Pick<SessionKeys, 'sessionId' | 'signalKey'>;
	/** peer_ids of sender and receiver. */
	readonly from: string;
	readonly to: string;
};

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Mappings are one an address family. */
const maxMappings = 2;

const place = z.object({ip: z.string().max(64), port: z.int().min(1).max(65_535)});

const contentSchema = z.object({
	candidates: z.array(place).max(maxCandidates).optional(),
	mappings: z.array(place).max(maxMappings).optional(),
	nat_kind: z.enum(['open', 'independent', 'symmetric', 'unknown']).optional().catch(undefined),
	sdp: z.string().max(maxSdpLength).optional(),
	start_in_ms: z.int().min(0).max(maxStartInMs).optional(),
	over: z.string().max(maxReasonLength).optional(),
});

/** A random nonce for each: the key is used for a few thousand messages at most, far from 2^32. */
export function sealSignal(signal: DirectSignal, path: SignalPath): SignalFields {
	const {generation, mappings, natKind, sdp, startInMs, over} = signal;
	const content: z.input<typeof contentSchema> = {
		candidates: signal.candidates?.slice(0, maxCandidates).map(toPlace),
		mappings: mappings?.slice(0, maxMappings).map(toPlace),
		nat_kind: natKind,
		// A longer description would be refused by the relay; half of one is worth nothing.
		sdp: sdp !== undefined && sdp.length <= maxSdpLength ? sdp : undefined,
		start_in_ms: startInMs,
		over: over?.slice(0, maxReasonLength),
	};
	const nonce = randomBytes(nonceBytes);
	const seal = createCipheriv(cipher, path.keys.signalKey, nonce).setAAD(visible(generation, path));
	const bytes = Buffer.concat([nonce, seal.update(JSON.stringify(content)), seal.final(), seal.getAuthTag()]);
	const first = mappings?.[0];
	return {
		generation,
		candidates: [],
		...(first && {public_ip: first.ip, public_port: first.port}),
		sealed: bytes.toString('base64'),
	};
}

/** Undefined for what was not sealed by a member for us, in this attempt. Candidates are not judged yet. */
export function openSignal(fields: SignalFields, path: SignalPath): DirectSignal | undefined {
	const {generation, sealed} = fields;
	if (sealed === undefined) return clearSignal(fields);
	const text = unseal(Buffer.from(sealed, 'base64'), visible(generation, path), path.keys.signalKey);
	const parsed = text === undefined ? undefined : parseContent(text);
	if (!parsed) return undefined;
	const {nat_kind: natKind, start_in_ms: startInMs, ...rest} = parsed;
	return {
		generation,
		...rest,
		...(natKind !== undefined && {natKind}),
		...(startInMs !== undefined && {startInMs}),
	};
}

function unseal(bytes: Buffer, seen: Uint8Array, key: Uint8Array): string | undefined {
	if (bytes.byteLength < nonceBytes + tagBytes) return undefined;
	const end = bytes.byteLength - tagBytes;
	try {
		const open = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes))
			.setAAD(seen)
			.setAuthTag(bytes.subarray(end));
		return Buffer.concat([open.update(bytes.subarray(nonceBytes, end)), open.final()]).toString();
	} catch {
		return undefined;
	}
}

function parseContent(text: string) {
	try {
		const result = contentSchema.safeParse(JSON.parse(text));
		return result.success ? result.data : undefined;
	} catch {
		return undefined;
	}
}

/** What the relay can see and must not change: session, sender, receiver, attempt. */
function visible(generation: number, {keys, from, to}: SignalPath): Uint8Array {
	return lengthPrefixed([keys.sessionId, from, to, String(generation)].map((text) => Buffer.from(text)));
}

/** The relay may have written it itself. */
const clearRules: CandidateRules = {own: [], loopback: false, publicOnly: true};

/** The fields of a peer that seals nothing; its candidates are objects, or texts `ip:port`. None leads into our network. */
function clearSignal(fields: SignalFields): DirectSignal {
	const {generation, candidates, public_ip: ip, public_port: port, sdp, start_in_ms: startInMs} = fields;
	const isOutside = (one: Candidate) => refuseCandidate(one, clearRules) === undefined;
	const places = candidates
		.flatMap((one) => (typeof one === 'string' ? (parseCandidate(one) ?? []) : toPlace(one)))
		.filter(isOutside);
	const mappings = ip !== undefined && port !== undefined ? [{ip, port}].filter(isOutside) : [];
	return {
		generation,
		...(places.length > 0 && {candidates: places}),
		...(mappings.length > 0 && {mappings}),
		...(sdp !== undefined && {sdp: filterSdp(sdp, clearRules)}),
		...(startInMs !== undefined && {startInMs}),
	};
}

function toPlace({ip, port}: Candidate): Candidate {
	return {ip, port};
}
