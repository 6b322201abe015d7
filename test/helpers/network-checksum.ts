/**
 * Checksums of TCP and UDP in Ethernet frames, as a network card would fill them in. Between namespaces the kernel leaves
 * them open, since no card will ever look; a frame that passes through a program has to have them.
 */

const etherTypes = {ipv4: 0x08_00, ipv6: 0x86_dd} as const;
const checksumAt = new Map([
	[6, 16],
	[17, 6],
]);

/** Fills in the checksum of the frame that starts at `start`; frames of another kind and fragments stay as they are. */
export function fillChecksum(packet: Buffer, start: number): void {
	const ip = start + 14;
	if (packet.length < ip + 40) return;
	const etherType = packet.readUInt16BE(start + 12);
	if (etherType === etherTypes.ipv4) {
		const isFragment = (packet.readUInt16BE(ip + 6) & 0x3f_ff) !== 0;
		const headerBytes = (packet[ip]! & 15) * 4;
		const end = ip + packet.readUInt16BE(ip + 2);
		if (!isFragment)
			fill(packet, {protocol: packet[ip + 9]!, from: ip + 12, addressBytes: 8, start: ip + headerBytes, end});
	} else if (etherType === etherTypes.ipv6) {
		const end = ip + 40 + packet.readUInt16BE(ip + 4);
		fill(packet, {protocol: packet[ip + 6]!, from: ip + 8, addressBytes: 32, start: ip + 40, end});
	}
}

type Place = {
	readonly protocol: number;
	/** Where the two addresses start, and how long they are together. */
	readonly from: number;
	readonly addressBytes: number;
	/** What the checksum is over. */
	readonly start: number;
	readonly end: number;
};

function fill(packet: Buffer, {protocol, from, addressBytes, start, end}: Place): void {
	const field = checksumAt.get(protocol);
	if (field === undefined || end > packet.length || start + field + 2 > end) return;
	packet.writeUInt16BE(0, start + field);
	let sum =
		protocol + (end - start) + addWords(packet, from, from + addressBytes) + addWords(packet, start, end);
	while (sum > 0xff_ff) sum = (sum & 0xff_ff) + Math.floor(sum / 0x1_00_00);
	const checksum = ~sum & 0xff_ff;
	// Zero says "none" in UDP.
	packet.writeUInt16BE(checksum === 0 && protocol === 17 ? 0xff_ff : checksum, start + field);
}

function addWords(packet: Buffer, from: number, end: number): number {
	let sum = 0;
	let at = from;
	for (; at + 1 < end; at += 2) sum += (packet[at]! << 8) | packet[at + 1]!;
	return at < end ? sum + (packet[at]! << 8) : sum;
}
