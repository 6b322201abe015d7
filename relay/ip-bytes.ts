/** IP addresses as the bytes that travel. */
import {isIPv4, isIPv6} from 'node:net';

/** 4 or 16 bytes; an IPv4 address that came in over an IPv6 socket has 4. Undefined for what is no address. */
export function ipBytes(text: string): Uint8Array | undefined {
	const address = text.split('%', 1)[0] ?? '';
	if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
	if (!isIPv6(address)) return undefined;
	const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
	if (mapped !== undefined && isIPv4(mapped)) return ipBytes(mapped);
	const [head = '', tail = ''] = address.split('::');
	const before = groupBytes(head);
	const behind = groupBytes(tail);
	const bytes = new Uint8Array(16);
	bytes.set(before);
	bytes.set(behind, 16 - behind.length);
	return bytes;
}

function groupBytes(text: string): number[] {
	return text
		.split(':')
		.filter((group) => group !== '')
		.flatMap((group) => {
			if (group.includes('.')) return group.split('.').map(Number);
			const value = Number.parseInt(group, 16);
			return [value >> 8, value & 0xff];
		});
}
