/**
 * Addresses that a peer gives us to dial: literal IPs, and which of them are refused. Who could make us dial anything would
 * reach services that trust this machine (loopback, metadata, multicast), so what is not plainly another host is refused.
 */
import {formatAddress, parseAddress} from './address.js';
import {candidateWords} from './candidate-words.js';

/** Where a peer may be reached over TCP. `route` is how its sender thinks of it; nothing rests on it. */
export type Candidate = {readonly ip: string; readonly port: number; readonly route?: string};

/** What the rules depend on. */
export type CandidateRules = {
	/** Where we listen: dialling ourselves is never meant. */
	readonly own: readonly Candidate[];
	/** True if our own relay is reached over loopback: then peers on this machine are, too. */
	readonly loopback: boolean;
	/** For what no member has sealed: who carried it could name any service in our network. */
	readonly publicOnly?: boolean;
};

/** Below lie the services of the system, none of which is a peer. */
const minPort = 1024;

const maxPort = 65_535;

/** Candidates of one description that ICE is told of. */
const maxSdpCandidates = 8;

/** The text of a candidate: `192.0.2.1:4000`, `2001-db8--1.v6:4000`. */
export function formatCandidate({ip, port}: Candidate): string {
	return formatAddress({host: ip, port});
}

/** Reads what `formatCandidate` gave, and `[2001:db8::1]:4000`. Undefined for names and for what is no address. */
export function parseCandidate(text: string): Candidate | undefined {
	const address = parseAddress(text);
	if (!address || parseIp(address.host) === undefined) return undefined;
	return {ip: address.host, port: address.port};
}

/** True if both are the same place, however they are spelled. */
export function isSameCandidate(one: Candidate, other: Candidate): boolean {
	if (one.port !== other.port) return false;
	const [left, right] = [parseIp(one.ip), parseIp(other.ip)];
	return left !== undefined && right !== undefined && left.join('.') === right.join('.');
}

/** Plain IPv4 for an IPv4 address in its IPv6 form (`::ffff:192.0.2.1`), as sockets on `::` report it. */
export function plainIp(ip: string): string {
	return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
}

/** Why this candidate is not dialled, in words; undefined if it may be. Never throws. */
export function refuseCandidate(
	candidate: Candidate,
	{own, loopback, publicOnly = false}: CandidateRules,
): string | undefined {
	const {ip, port} = candidate;
	const parts = parseIp(ip);
	if (!parts) return candidateWords.notLiteral;
	if (!Number.isInteger(port) || port < minPort || port > maxPort) return candidateWords.lowPort;
	if (own.some((ours) => isSameCandidate(ours, candidate))) return candidateWords.own;
	const kind = parts.length === 4 ? refusedIpv4(parts) : refusedIpv6(parts);
	if (kind === undefined && publicOnly && isPrivate(parts)) return candidateWords.privateNetwork;
	return kind === candidateWords.loopback && loopback ? undefined : kind;
}

/**
 * The description without the candidates that are refused, names (`….local`) and TCP candidates among them, and with at
 * most 8: those that reach farthest first, since a description has at most a few of these.
 */
export function filterSdp(sdp: string, rules: CandidateRules): string {
	const lines = sdp.split(/\r?\n/);
	const kept = new Set(
		lines
			.map((line, index) => ({index, fields: candidateFields(line)}))
			.filter(({fields}) => fields && !isRefusedField(fields, rules))
			.sort((one, other) => reachOf(other.fields) - reachOf(one.fields))
			.slice(0, maxSdpCandidates)
			.map(({index}) => index),
	);
	return lines.filter((line, index) => !candidateFields(line) || kept.has(index)).join('\r\n');
}

/** `candidate:foundation component transport priority address port typ type …` (RFC 8839, 5.1). */
function candidateFields(line: string): readonly string[] | undefined {
	return /^(?:a=)?candidate:/i.test(line) ? line.trim().split(/\s+/) : undefined;
}

function isRefusedField(fields: readonly string[], rules: CandidateRules): boolean {
	const [, , transport = '', , ip = '', port = ''] = fields;
	if (transport.toLowerCase() !== 'udp' || !/^\d{1,5}$/.test(port)) return true;
	return refuseCandidate({ip, port: Number(port)}, {...rules, own: []}) !== undefined;
}

function reachOf(fields: readonly string[] | undefined): number {
	return fields?.includes('host') ? 0 : 1;
}

/** Networks that are nobody's in particular (RFC 1918, RFC 6598, RFC 4193). */
function isPrivate([first = 0, second = 0, ...rest]: readonly number[]): boolean {
	if (rest.length > 2) return (first & 0xfe_00) === 0xfc_00;
	if (first === 172) return second >= 16 && second < 32;
	if (first === 100) return second >= 64 && second < 128;
	return first === 10 || (first === 192 && second === 168);
}

function refusedIpv4([first = 0, second = 0]: readonly number[]): string | undefined {
	if (first === 127) return candidateWords.loopback;
	if (first === 0) return candidateWords.unspecified;
	if (first === 169 && second === 254) return candidateWords.linkLocal;
	if (first >= 224 && first < 240) return candidateWords.multicast;
	return first >= 240 ? candidateWords.broadcast : undefined;
}

function refusedIpv6(groups: readonly number[]): string | undefined {
	const first = groups[0] ?? 0;
	const hasEmptyPrefix = groups.slice(0, 5).every((group) => group === 0);
	if (hasEmptyPrefix && groups[5] === 0 && groups[6] === 0) {
		if (groups[7] === 0) return candidateWords.unspecified;
		if (groups[7] === 1) return candidateWords.loopback;
	}
	if (hasEmptyPrefix && (groups[5] === 0 || groups[5] === 0xff_ff)) return candidateWords.mapped;
	// NAT64 carries any IPv4 address, the refused ones too.
	if (first === 0x64 && groups[1] === 0xff_9b) return candidateWords.mapped;
	// Without a scope, which is this machine's alone, such an address leads nowhere.
	if ((first & 0xff_c0) === 0xfe_80) return candidateWords.linkLocal;
	return first >= 0xff_00 ? candidateWords.multicast : undefined;
}

/** Four octets or eight groups. The dotted tail of an IPv6 address is not taken. */
function parseIp(ip: string): readonly number[] | undefined {
	if (!ip.includes(':')) {
		const octets = ip.split('.');
		const isWhole = octets.length === 4 && octets.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
		const values = octets.map(Number);
		return isWhole && values.every((value) => value <= 255) ? values : undefined;
	}
	const halves = ip.split('::');
	if (halves.length > 2 || ip.length > 39) return undefined;
	const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
	const missing = 8 - head.length - tail.length;
	if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
	const groups = [...head, ...Array.from({length: missing}, () => '0'), ...tail];
	if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
	return groups.map((group) => Number.parseInt(group, 16));
}
