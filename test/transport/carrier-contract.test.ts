/** What every carrier promises, asked of each of them, and of the secure channel over each. */
import {createHash, randomBytes} from 'node:crypto';
import {type Duplex} from 'node:stream';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import {Failure} from '../../source/protocol/failure.js';
import {openSecureChannel} from '../../source/transport/secure-channel.js';
import {openTcpPair} from './direct/support/tcp-pairs.js';
import {loopbackHost, openIcePair} from './ice/support/ice-pairs.js';
import {carrierKinds, closed, openCarrierPair, securePair} from './support/carrier-pairs.js';

const hosts = [loopbackHost(), loopbackHost()] as const;
test.after.always(async () => {
	await Promise.all(hosts.map(async (host) => host.close()));
});

const carriers: ReadonlyArray<{name: string; open: () => Promise<[Duplex, Duplex]>}> = [
	...carrierKinds.map((kind) => ({name: kind, open: async () => openCarrierPair(kind).pair})),
	{name: 'ice', open: async () => openIcePair(hosts)},
	{name: 'tcp', open: openTcpPair},
];

const subjects = carriers.flatMap(({name, open}) => [
	{name, isSecure: false, open},
	{name: `TLS over ${name}`, isSecure: true, open: async () => securePair(await open())},
]);

/** Reads until that many bytes came. */
async function readBytes(stream: Duplex, total: number): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let length = 0;
	return new Promise((resolve, reject) => {
		const take = (chunk: Buffer) => {
			chunks.push(chunk);
			length += chunk.byteLength;
			if (length < total) return;
			stream.off('data', take);
			stream.off('error', reject);
			resolve(Buffer.concat(chunks));
		};
		stream.on('data', take);
		stream.on('error', reject);
	});
}

/** Writes with back-pressure. */
async function writeAll(stream: Duplex, chunks: readonly Buffer[]): Promise<void> {
	for (const chunk of chunks) {
		if (!stream.write(chunk)) await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
	}
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function quiet(pair: readonly Duplex[]): void {
	for (const stream of pair) stream.on('error', () => {});
}

for (const {name, isSecure, open} of subjects) {
	test(`${name}: a failure before anybody listens ends nothing but the carrier`, async (t) => {
		const [one, other] = await open();
		const bothClosed = Promise.all([closed(one), closed(other)]);
		one.destroy(new Failure('peer_left'));
		await bothClosed;
		t.true(one.destroyed && other.destroyed);
		// Nor is the end of one that is over already waited for.
		if (isSecure) return;
		const signal = new AbortController().signal;
		const opening = openSecureChannel({carrier: one, role: 'client', psk: randomBytes(32), signal});
		t.is((await t.throwsAsync(opening, {instanceOf: Failure})).code, 'peer_left');
	});

	test(`${name}: the first bytes arrive in both directions`, async (t) => {
		const [one, other] = await open();
		one.write('ping');
		t.is((await readBytes(other, 4)).toString(), 'ping');
		other.write('pong');
		t.is((await readBytes(one, 4)).toString(), 'pong');
		one.destroy();
		await closed(other);
	});

	test(`${name}: bytes arrive in order and exactly once, however they are chunked`, async (t) => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.integer({min: 1, max: 100_000}), {minLength: 1, maxLength: 20}),
				fc.array(fc.integer({min: 1, max: 100_000}), {minLength: 1, maxLength: 20}),
				async (there, back) => {
					const [one, other] = await open();
					const chunks = [there, back].map((sizes) => sizes.map((size) => randomBytes(size)));
					const totals = chunks.map((list) => Buffer.concat(list));
					const [atOther, atOne] = await Promise.all([
						readBytes(other, totals[0]!.byteLength),
						readBytes(one, totals[1]!.byteLength),
						writeAll(one, chunks[0]!),
						writeAll(other, chunks[1]!),
					]);
					t.is(digest(atOther), digest(totals[0]!));
					t.is(digest(atOne), digest(totals[1]!));
					one.destroy();
					await closed(other);
				},
			),
			{numRuns: 10},
		);
	});

	test(`${name}: one write of 8 MiB arrives whole`, async (t) => {
		const [one, other] = await open();
		const large = randomBytes(8 * 1024 * 1024);
		one.write(large);
		t.is(digest(await readBytes(other, large.byteLength)), digest(large));
		one.destroy();
		await closed(other);
	});

	test(`${name}: a reader that stops bounds what its writer may give, and loses nothing`, async (t) => {
		const [one, other] = await open();
		const chunk = randomBytes(64 * 1024);
		let accepted = 0;
		let isStuck = false;
		while (!isStuck) {
			accepted += chunk.byteLength;
			if (one.write(chunk)) continue;
			let hasDrained = false;
			one.once('drain', () => (hasDrained = true));
			for (let turns = 0; turns < 300 && !hasDrained; turns++) await turn();
			isStuck = !hasDrained;
			if (accepted > 64 * 1024 * 1024) break;
		}
		t.true(isStuck);
		// The system's own buffers on both sides are as large as it thinks fit for a fast path.
		const boundBytes = (name.endsWith('tcp') ? 16 : 4) * 1024 * 1024;
		t.true(accepted < boundBytes, `${accepted} bytes were taken for a reader that reads nothing`);
		const expected = createHash('sha256');
		for (let sent = 0; sent < accepted; sent += chunk.byteLength) expected.update(chunk);
		t.is(digest(await readBytes(other, accepted)), expected.digest('hex'));
		one.destroy();
		await closed(other);
	});

	test(`${name}: destroying one end closes both, each once`, async (t) => {
		const [one, other] = await open();
		quiet([one, other]);
		const closings: string[] = [];
		one.on('close', () => closings.push('one'));
		other.on('close', () => closings.push('other'));
		other.resume();
		one.write(randomBytes(300_000));
		one.destroy();
		await Promise.all([closed(one), closed(other)]);
		for (let turns = 0; turns < 10; turns++) await turn();
		t.deepEqual(closings.sort(), ['one', 'other']);
	});

	test(`${name}: an end after the last bytes arrives after them, as an end and not as an error`, async (t) => {
		const [one, other] = await open();
		const bytes = randomBytes(500_000);
		const errors: Error[] = [];
		other.on('error', (error) => errors.push(error));
		const read = readBytes(other, bytes.byteLength);
		let hasEnded = false;
		other.on('end', () => (hasEnded = true));
		one.end(bytes);
		t.is(digest(await read), digest(bytes));
		await closed(other);
		t.true(hasEnded);
		t.deepEqual(errors, []);
		await closed(one);
	});

	// TCP has no words for reasons.
	if (isSecure || name === 'tcp') continue;
	test(`${name}: the reason of a failure reaches the other end`, async (t) => {
		const [one, other] = await open();
		quiet([one]);
		const error = new Promise<Error>((resolve) => other.once('error', resolve));
		one.destroy(new Failure('pinned'));
		const failure = await error;
		t.true(failure instanceof Failure);
		t.is(failure instanceof Failure && failure.code, 'pinned');
		await closed(other);
	});
}

test('A peer whose carrier ends while hands are shaken is not taken for a stranger', async (t) => {
	const psk = randomBytes(32);
	// Whatever the handshake has come to: once after each piece of it that arrives.
	for (const role of ['client', 'server'] as const) {
		for (let pieces = 1; pieces < 8; pieces++) {
			const {pair} = openCarrierPair('memory');
			const [own, other] = role === 'client' ? pair : [pair[1], pair[0]];
			quiet(pair);
			let left = pieces;
			const push = own.push.bind(own);
			own.push = (...args) => {
				const wantsMore = push(...args);
				if (--left === 0) own.destroy(new Failure('peer_left'));
				return wantsMore;
			};
			const {signal} = new AbortController();
			const theirs = openSecureChannel({
				carrier: other,
				role: role === 'client' ? 'server' : 'client',
				psk,
				signal,
			});
			const ours = openSecureChannel({carrier: own, role, psk, signal});
			const [outcome] = await Promise.allSettled([ours, theirs]);
			if (outcome.status === 'fulfilled') own.destroy();
			else t.not((outcome.reason as Failure).code, 'not_authentic', `${role} after ${pieces}`);
		}
	}
});
