/**
 * `host:port` in a form that needs no quotes in any shell: an IPv6 address is written with `-` for `:` and `.v6` behind
 * it, as `2001-db8--1.v6:8787`.
 */

export type Address = {
	/** A DNS name, an IPv4 address or an IPv6 address without brackets; lower case. */
	readonly host: string;
	readonly port: number;
};

const v6Suffix = '.v6';
const maxHostLength = 253;

/** The text of an address for an invite. */
export function formatAddress({host, port}: Address): string {
	return `${host.includes(':') ? host.replaceAll(':', '-') + v6Suffix : host}:${port}`;
}

/** Reads `host:port`, `2001-db8--1.v6:port` or `[2001:db8::1]:port`; `defaultPort` where the port may be left out. */
export function parseAddress(text: string, defaultPort?: number): Address | undefined {
	const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(text.trim().toLowerCase());
	if (!match) return undefined;
	const port = match[2] === undefined ? defaultPort : Number(match[2]);
	if (port === undefined) return undefined;
	const address = {host: plainHost(match[1]!), port};
	return isAddress(address) ? address : undefined;
}

/** True for a host and port that an invite can hold and a program can dial. */
export function isAddress({host, port}: Address): boolean {
	return Number.isInteger(port) && port >= 1 && port <= 65_535 && (isIpv6(host) || isName(host));
}

function plainHost(text: string): string {
	if (text.startsWith('[')) return text.slice(1, -1);
	return text.endsWith(v6Suffix) ? text.slice(0, -v6Suffix.length).replaceAll('-', ':') : text;
}

/** DNS names and IPv4 addresses; a name of digits and dots alone must be a whole IPv4 address. */
function isName(host: string): boolean {
	if (host.length > maxHostLength || host.endsWith(v6Suffix)) return false;
	const labels = host.split('.');
	if (/^[\d.]*$/.test(host)) return labels.length === 4 && labels.every((part) => isOctet(part));
	return labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
}

function isOctet(text: string): boolean {
	return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255;
}

/** Groups of hex digits, one gap `::` at most; the form with an IPv4 tail is not taken. */
function isIpv6(host: string): boolean {
	if (!host.includes(':')) return false;
	const halves = host.split('::');
	if (halves.length > 2) return false;
	const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
	const isWhole = halves.length === 1 ? groups.length === 8 : groups.length < 8;
	return isWhole && groups.every((group) => /^[0-9a-f]{1,4}$/.test(group));
}
