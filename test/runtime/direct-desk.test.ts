/** What an attempt of the direct tier gets, and how many of them a peer can cause. */
import {syncBuiltinESMExports} from 'node:module';
import os from 'node:os';
import test from 'ava';
import {Failure} from '../../source/protocol/failure.js';
import {createDirectDesk} from '../helpers/direct-desk.js';
import {samplePeer, sampleState} from '../helpers/sample-state.js';

const callbacks = {message: () => undefined, bulk: () => undefined, closed: () => undefined};

for (const leader of [true, false]) {
	test(`a peer cannot make us dial on and on, ${leader ? 'asking' : 'leading'}`, async (t) => {
		const desk = createDirectDesk();
		const codes: string[] = [];
		for (let generation = 1; generation <= 100; generation++) {
			const {peerId} = samplePeer();
			const tiers = ['direct'] as const;
			const effect = {
				type: 'open-carrier',
				tier: 'direct',
				routes: 'all',
				peerId,
				generation,
				leader,
				tiers,
			} as const;
			try {
				await desk.open(effect, {callbacks, signal: AbortSignal.abort(new Failure('closed'))});
			} catch (error) {
				codes.push(error instanceof Failure ? error.code : String(error));
			}
		}
		t.deepEqual(new Set(codes.slice(0, 10)), new Set(['closed']));
		t.deepEqual(new Set(codes.slice(-50)), new Set(['rate_limited']));
		await desk.close();
	});
}

test.serial(
	'a machine full of bridges is reached over IPv6 as well, and at as many addresses as an attempt takes',
	async (t) => {
		const {networkInterfaces} = os;
		const entry = {netmask: '', mac: '', internal: false, cidr: null};
		os.networkInterfaces = () => ({
			...Object.fromEntries(
				Array.from({length: 20}, (_, index) => [
					`br${index}`,
					[{...entry, family: 'IPv4' as const, address: `10.0.${index}.1`}],
				]),
			),
			wlan0: [{...entry, family: 'IPv6' as const, address: '2001:db8::7', scopeid: 0}],
		});
		syncBuiltinESMExports();
		t.teardown(() => {
			os.networkInterfaces = networkInterfaces;
			syncBuiltinESMExports();
		});
		const {session} = sampleState();
		const desk = createDirectDesk(sampleState({session: {...session, relayUrl: ''}}));
		await desk.listen();
		const told = desk.port.listening().map(({ip}) => ip);
		t.deepEqual(
			told.slice(0, 7),
			[0, 1, 2, 3, 4, 5, 6].map((index) => `10.0.${index}.1`),
		);
		t.deepEqual(told.slice(7), ['2001:db8::7']);
		await desk.close();
	},
);
