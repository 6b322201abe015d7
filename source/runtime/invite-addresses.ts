/** Which relay addresses an invite carries, and the one form in which relay addresses are kept. */
import {Failure} from '../protocol/failure.js';
import {localAddresses, parseAdvertised} from './local-addresses.js';
import {sessionWords} from './session-words.js';

export type InviteAddress = {readonly host: string; readonly port: number};

/** A relay's address as people give it (`ws://host[:port][/ws]`), in the form that connects. */
export function normalizeRelayUrl(text: string): string {
	let url: URL;
	try {
		url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`);
	} catch {
		throw badUrl(text);
	}
	if (url.protocol === 'http:') url.protocol = 'ws:';
	if (url.protocol === 'https:') url.protocol = 'wss:';
	const isRelay = (url.protocol === 'ws:' || url.protocol === 'wss:') && url.hostname !== '';
	if (!isRelay || !['', '/', '/ws'].includes(url.pathname) || url.username !== '') throw badUrl(text);
	return `${url.protocol}//${url.host}/ws`;
}

/** True for a relay that only this machine reaches under that address. */
export function isLoopbackUrl(text: string): boolean {
	return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(text).hostname);
}

/** The addresses behind relay URLs; all speak TLS, or none does. */
export function addressesOf(urls: readonly string[]): {tls: boolean; addresses: readonly InviteAddress[]} {
	const parsed = urls.map((text) => new URL(text));
	const tls = parsed[0]?.protocol === 'wss:';
	const same = parsed.filter((url) => (url.protocol === 'wss:') === tls);
	return {
		tls,
		addresses: same.map((url) => ({
			host: url.hostname.replace(/^\[|\]$/g, ''),
			port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
		})),
	};
}

/** Where others reach an embedded relay: what the person advertises, or this machine's own addresses. */
export function embeddedAddresses(port: number, advertise: string | undefined): readonly InviteAddress[] {
	if (advertise === undefined) return localAddresses().map((host) => ({host, port}));
	const address = parseAdvertised(advertise, port);
	if (!address) {
		throw new Failure('usage', {
			severity: 'fatal',
			details: {message: sessionWords.advertise},
		});
	}
	return [address];
}

function badUrl(text: string): Failure {
	return new Failure('usage', {severity: 'fatal', details: {message: sessionWords.noRelayAddress(text)}});
}
