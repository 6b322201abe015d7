/**
 * Layer 3: TLS 1.3 over any carrier, keyed by the session's secret (external PSK with ECDHE), without certificates and
 * without resumption. Who lacks the invite fails inside the handshake. It proves membership, not identity: that is
 * authenticate.ts.
 */
import {constants} from 'node:crypto';
import {type Duplex} from 'node:stream';
import {connect, type ConnectionOptions, TLSSocket, type TlsOptions} from 'node:tls';
import {Failure} from '../protocol/failure.js';
import {failureOf} from './deadline.js';

const pskIdentity = 'pulsync/1/epoch 0';
const alpnProtocol = 'pulsync/1';

/** SHA-256 suites only: an external PSK has SHA-256 as its hash. */
const ciphers = 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';

export type TlsRole = 'client' | 'server';

export type SecureChannel = {
	readonly role: TlsRole;
	/** Plain bytes in, plain bytes out. Errors on it never go unhandled; it is destroyed with the carrier. */
	readonly stream: Duplex;
	/**
	 * Key material that both ends and nobody else can compute, bound to this one handshake (RFC 8446, 7.5). Throws a Failure
	 * once the stream is gone.
	 */
	exportKey(label: string, byteLength: number): Buffer;
};

/**
 * Shakes hands over the carrier, which it owns from then on. Rejects with Failure `not_authentic` (hostile) where the
 * other side lacks the key, `carrier_lost` where the bytes end, or the signal's reason; the carrier is destroyed then.
 */
export async function openSecureChannel({
	carrier,
	role,
	psk,
	signal,
}: {
	readonly carrier: Duplex;
	readonly role: TlsRole;
	readonly psk: Uint8Array;
	readonly signal: AbortSignal;
}): Promise<SecureChannel> {
	if (signal.aborted) {
		carrier.destroy();
		throw failureOf(signal.reason);
	}
	if (carrier.destroyed) throw failureOf(carrier.errored, 'carrier_lost');
	const stream = role === 'client' ? startClient(carrier, psk) : startServer(carrier, psk);
	keepQuiet(carrier, stream);
	try {
		await established(stream, carrier, role, signal);
		// It may have ended in the very turn in which it was made; a session that is gone looks like a stranger's.
		if (carrier.destroyed || stream.destroyed) throw failureOf(carrier.errored, 'carrier_lost');
		checkSession(stream);
	} catch (error) {
		const failure = failureOf(error, 'carrier_lost');
		stream.destroy();
		carrier.destroy(failure);
		throw failure;
	}
	return {
		role,
		stream,
		exportKey(label, byteLength) {
			if (stream.destroyed) throw failureOf(carrier.errored, 'carrier_lost');
			return stream.exportKeyingMaterial(byteLength, label, Buffer.alloc(0));
		},
	};
}

function startClient(carrier: Duplex, psk: Uint8Array): TLSSocket {
	return connect({
		...commonOptions,
		socket: carrier,
		pskCallback: () => ({psk, identity: pskIdentity}),
		// There is no certificate to check; `checkSession` and the empty list of roots see to it that none is taken.
		checkServerIdentity: () => undefined,
	});
}

function startServer(carrier: Duplex, psk: Uint8Array): TLSSocket {
	const options: TlsOptions & {isServer: true} = {
		...commonOptions,
		isServer: true,
		pskCallback: (_socket, identity) => (identity === pskIdentity ? psk : null),
	};
	// Node's types know pskCallback for a server, not for a TLSSocket; the constructor takes both.
	return new TLSSocket(carrier, options);
}

const commonOptions: ConnectionOptions & TlsOptions = {
	minVersion: 'TLSv1.3',
	maxVersion: 'TLSv1.3',
	ciphers,
	ALPNProtocols: [alpnProtocol],
	secureOptions: constants.SSL_OP_NO_TICKET,
	// No root is trusted at either end. Without this Node reads all that the machine trusts before its first handshake.
	ca: [],
};

function established(stream: TLSSocket, carrier: Duplex, role: TlsRole, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const event = role === 'client' ? 'secureConnect' : 'secure';
		const finish = (error?: Failure) => {
			stream.off(event, done);
			stream.off('error', failed);
			stream.off('close', lost);
			carrier.off('close', lost);
			carrier.off('error', failed);
			signal.removeEventListener('abort', aborted);
			if (error) reject(error);
			else resolve();
		};
		const done = () => finish();
		const failed = (error: Error) => finish(wordTlsError(error));
		const lost = () => finish(new Failure('carrier_lost'));
		const aborted = () => finish(failureOf(signal.reason));
		stream.once(event, done);
		stream.once('error', failed);
		stream.once('close', lost);
		carrier.once('close', lost);
		carrier.once('error', failed);
		signal.addEventListener('abort', aborted, {once: true});
	});
}

/** TLS's own complaints mean a stranger; anything else is the carrier's death. */
function wordTlsError(error: Error): Failure {
	if (error instanceof Failure) return error;
	const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
	return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')
		? new Failure('not_authentic', {severity: 'hostile', cause: error})
		: new Failure('carrier_lost', {cause: error});
}

/** What the options ask for, checked again on the result: nothing here may rest on a default. */
function checkSession(stream: TLSSocket): void {
	const certificate = stream.getPeerCertificate();
	const isOurs =
		stream.getProtocol() === 'TLSv1.3' &&
		stream.alpnProtocol === alpnProtocol &&
		(certificate === null || Object.keys(certificate).length === 0);
	if (!isOurs) throw new Failure('not_authentic', {severity: 'hostile'});
}

/** TLS over a Duplex reports late resets of what is long closed; an error without a listener would end the process. */
function keepQuiet(carrier: Duplex, stream: TLSSocket): void {
	const ignore = () => {};
	carrier.on('error', ignore);
	stream.on('error', ignore);
	carrier.once('close', () => stream.destroy());
	stream.once('close', () => {
		if (!carrier.writableEnded) carrier.destroy();
	});
}
