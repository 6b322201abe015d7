/** The rules of a tunnel that the contract suite cannot see from outside: credit, numbers, turns. */
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import {Failure} from '../../source/protocol/failure.js';
import {maxDataBytes, startWindowBytes} from '../../source/protocol/limits.js';
import {TunnelCarrier} from '../../source/transport/tunnel-carrier.js';
import {closed} from './support/carrier-pairs.js';

type Sent = {counter: number; bytes: Buffer};

function createTunnel(creditBytes = startWindowBytes) {
	const sent: Sent[] = [];
	const grants: number[] = [];
	const reasons: string[] = [];
	let detached = 0;
	const carrier: TunnelCarrier = new TunnelCarrier({
		tier: 'proxy',
		generation: 1,
		creditBytes,
		port: {
			encode(counter, slices, byteLength) {
				sent.push({counter, bytes: Buffer.concat(slices, byteLength)});
				return '';
			},
			wake(source) {
				while (source.pull() !== undefined);
			},
			grant: (bytes) => grants.push(bytes),
			sayClosed: (reason) => reasons.push(reason),
			detach: () => detached++,
		},
	});
	carrier.on('error', () => {});
	return {carrier, sent, grants, reasons, detached: () => detached};
}

test('Never more than the credit is under way, and messages are numbered and bounded, for any writes and grants', (t) => {
	const step = fc.oneof(
		fc.record({kind: fc.constant('write' as const), bytes: fc.integer({min: 1, max: 200_000})}),
		fc.record({kind: fc.constant('grant' as const), bytes: fc.integer({min: 1, max: 200_000})}),
	);
	fc.assert(
		fc.property(fc.nat(300_000), fc.array(step, {maxLength: 30}), (start, steps) => {
			const {carrier, sent} = createTunnel(start);
			let credit = start;
			let written = 0;
			for (const {kind, bytes} of steps) {
				if (kind === 'write') {
					written += bytes;
					carrier._write(Buffer.alloc(bytes, written), '', () => {});
				} else {
					credit += bytes;
					carrier.receiveCredit(bytes);
				}
				const total = sent.reduce((sum, message) => sum + message.bytes.byteLength, 0);
				t.is(total, Math.min(credit, written));
			}
			t.deepEqual(
				sent.map(({counter}) => counter),
				sent.map((_, index) => index),
			);
			t.true(sent.every(({bytes}) => bytes.byteLength > 0 && bytes.byteLength <= maxDataBytes));
			carrier.destroy();
		}),
		{numRuns: 50},
	);
});

test('A reader grants as much as it takes, and nothing while it reads nothing', async (t) => {
	const {carrier, grants} = createTunnel();
	for (let counter = 0; counter < 16; counter++) carrier.receive(counter, Buffer.alloc(maxDataBytes));
	t.deepEqual(grants, []);
	carrier.resume();
	for (let turns = 0; turns < 100 && grants.length < 4; turns++) await turn();
	t.is(
		grants.reduce((sum, bytes) => sum + bytes, 0),
		startWindowBytes,
	);
	carrier.destroy();
});

const violations: ReadonlyArray<{title: string; code: string; send: (carrier: TunnelCarrier) => void}> = [
	{title: 'A missing number', code: 'sequence_gap', send: (carrier) => carrier.receive(1, Buffer.from('x'))},
	{
		title: 'A repeated number',
		code: 'sequence_gap',
		send(carrier) {
			carrier.receive(0, Buffer.from('x'));
			carrier.receive(0, Buffer.from('x'));
		},
	},
	{
		title: 'More than the credit',
		code: 'credit_exceeded',
		send(carrier) {
			for (let counter = 0; counter < 17; counter++) carrier.receive(counter, Buffer.alloc(maxDataBytes));
		},
	},
];

for (const {title, code, send} of violations) {
	test(`${title} ends the tunnel with ${code}, and the other end is told`, async (t) => {
		const {carrier, reasons, detached} = createTunnel();
		const failed = new Promise<Error>((resolve) => carrier.once('error', resolve));
		send(carrier);
		t.like(await failed, {code});
		await closed(carrier);
		t.deepEqual(reasons, [code]);
		t.is(detached(), 1);
	});
}

test('What the other end closed is not closed again by us, and its bytes are read to the end', async (t) => {
	const {carrier, reasons} = createTunnel(0);
	carrier.write('never leaves');
	carrier.receive(0, Buffer.from('last words'));
	carrier.receiveClosed(undefined);
	carrier.receive(1, Buffer.from('too late'));
	const chunks: Buffer[] = [];
	carrier.on('data', (chunk: Buffer) => chunks.push(chunk));
	await closed(carrier);
	t.is(Buffer.concat(chunks).toString(), 'last words');
	t.deepEqual(reasons, []);
});

test('A failure of the way to the relay is the carrier’s', async (t) => {
	const {carrier, reasons} = createTunnel();
	const failed = new Promise<Error>((resolve) => carrier.once('error', resolve));
	carrier.receiveClosed(new Failure('relay_closed'));
	t.like(await failed, {code: 'relay_closed'});
	await closed(carrier);
	t.deepEqual(reasons, []);
});
