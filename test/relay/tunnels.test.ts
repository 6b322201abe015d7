import test from 'ava';
import fc from 'fast-check';
import {type TunnelEnd, Tunnels} from '../../relay/tunnels.js';
import {maxWindowBytes, tunnelGraceMs} from '../../source/protocol/limits.js';

const ab: TunnelEnd = {from: 'a', to: 'b', generation: 1};
const ba: TunnelEnd = {from: 'b', to: 'a', generation: 1};

/** A tunnel of generation 1 in which b takes 100 bytes of a, and a 50 of b. */
function openTunnel(): Tunnels {
	const tunnels = new Tunnels();
	tunnels.request(ab, 50, 0);
	tunnels.accept(ba, 100);
	return tunnels;
}

type Step = (tunnels: Tunnels) => string | void;
const frame =
	(end: TunnelEnd, counter: number, bytes: number, now = 0): Step =>
	(tunnels) =>
		tunnels.frame(end, counter, bytes, now);
const table: ReadonlyArray<[string, () => Tunnels, Step[], string]> = [
	['a frame without any tunnel', () => new Tunnels(), [frame(ab, 0, 1)], 'no_tunnel'],
	[
		'a frame that is not accepted yet',
		() => new Tunnels(),
		[(x) => x.request(ab, 1, 0), frame(ab, 0, 1)],
		'no_tunnel',
	],
	['the first frame', openTunnel, [frame(ab, 0, 100)], 'forward'],
	['the first frame of the other direction', openTunnel, [frame(ba, 0, 50)], 'forward'],
	['a second frame in order', openTunnel, [frame(ab, 0, 1), frame(ab, 1, 99)], 'forward'],
	['an empty frame without credit left', openTunnel, [frame(ab, 0, 100), frame(ab, 1, 0)], 'forward'],
	['a frame of another generation', openTunnel, [frame({...ab, generation: 2}, 0, 1)], 'no_tunnel'],
	['a frame to somebody else', openTunnel, [frame({...ab, to: 'c'}, 0, 1)], 'no_tunnel'],
	['a gap', openTunnel, [frame(ab, 0, 1), frame(ab, 2, 1)], 'sequence_gap'],
	['a repeat', openTunnel, [frame(ab, 0, 1), frame(ab, 0, 1)], 'sequence_gap'],
	['more than the credit', openTunnel, [frame(ab, 0, 101)], 'credit_exceeded'],
	['more than the credit in two frames', openTunnel, [frame(ab, 0, 60), frame(ab, 1, 60)], 'credit_exceeded'],
	['the window of the other direction', openTunnel, [frame(ba, 0, 51)], 'credit_exceeded'],
	['new credit', openTunnel, [frame(ab, 0, 100), (x) => x.credit(ba, 10), frame(ab, 1, 10)], 'forward'],
	[
		'credit for the other side',
		openTunnel,
		[frame(ab, 0, 100), (x) => x.credit(ab, 10), frame(ab, 1, 10)],
		'credit_exceeded',
	],
	['a frame after a gap', openTunnel, [frame(ab, 1, 1), frame(ab, 0, 1)], 'drop'],
	['a frame after the end', openTunnel, [(x) => x.end(ab, 0), frame(ba, 0, 1, tunnelGraceMs - 1)], 'drop'],
	[
		'a frame long after the end',
		openTunnel,
		[(x) => x.end(ab, 0), frame(ba, 0, 1, tunnelGraceMs)],
		'no_tunnel',
	],
	[
		'an ended generation that is opened again',
		openTunnel,
		[(x) => x.end(ab, 0), (x) => x.request(ab, 1, 1), (x) => x.accept(ba, 1), frame(ab, 0, 1)],
		'forward',
	],
	['accepting nothing', () => new Tunnels(), [(x) => x.accept(ab, 1)], 'no_tunnel'],
	[
		"accepting one's own request",
		() => new Tunnels(),
		[(x) => x.request(ab, 1, 0), (x) => x.accept(ab, 1)],
		'no_tunnel',
	],
	['accepting twice', openTunnel, [(x) => x.accept(ba, 1)], 'no_tunnel'],
	[
		'accepting what was taken back',
		() => new Tunnels(),
		[(x) => x.request(ab, 1, 0), (x) => x.end(ab, 0), (x) => x.accept(ba, 1)],
		'no_tunnel',
	],
	[
		'accepting after 30 s',
		() => new Tunnels(),
		[(x) => x.request(ab, 1, 0), (x) => x.expire(tunnelGraceMs), (x) => x.accept(ba, 1)],
		'no_tunnel',
	],
	['asking for an open generation', openTunnel, [(x) => x.request(ba, 1, 0)], 'bad_message'],
	['credit for no tunnel', () => new Tunnels(), [(x) => x.credit(ab, 1)], 'no_tunnel'],
	['credit after the end', openTunnel, [(x) => x.end(ab, 0), (x) => x.credit(ab, 1)], 'drop'],
	['credit above the largest window', openTunnel, [(x) => x.credit(ba, maxWindowBytes)], 'bad_message'],
];

for (const [description, start, steps, expected] of table) {
	test(`${description}: ${expected}`, (t) => {
		const tunnels = start();
		const answers = steps.map((step) => step(tunnels));
		t.is(answers.at(-1), expected);
	});
}

test('five tunnels of one pair are too many, and one that ends makes room', (t) => {
	const tunnels = new Tunnels();
	for (let generation = 1; generation <= 4; generation++) {
		t.is(tunnels.request({...ab, generation}, 1, 0), 'ok');
		t.is(tunnels.accept({...ba, generation}, 1), 'ok');
	}

	t.is(tunnels.request({...ab, generation: 5}, 1, 0), 'rate_limited');
	tunnels.end({...ab, generation: 2}, 0);
	t.is(tunnels.request({...ab, generation: 5}, 1, 0), 'ok');
});

test('a peer that goes ends its tunnels and no others', (t) => {
	const tunnels = openTunnel();
	tunnels.request({from: 'c', to: 'b', generation: 7}, 1, 0);
	tunnels.accept({from: 'b', to: 'c', generation: 7}, 1);
	t.deepEqual(tunnels.endAllOf('a', 0), [{partner: 'b', generation: 1}]);
	t.is(tunnels.size, 1);
	t.is(tunnels.frame(ba, 0, 1, 0), 'drop');
	t.is(tunnels.frame({from: 'b', to: 'c', generation: 7}, 0, 1, 0), 'forward');
});

test('requests without end cost bounded memory and leave open tunnels alone', (t) => {
	const tunnels = openTunnel();
	for (let generation = 2; generation < 10_000; generation++) {
		tunnels.request({...ab, generation}, 1, 0);
		tunnels.end({...ab, generation}, 0);
		tunnels.request({...ab, generation}, 1, 0);
	}

	t.is(tunnels.accept({...ba, generation: 2}, 1), 'no_tunnel');
	t.is(tunnels.frame(ab, 0, 1, 0), 'forward');
});

test('no order of events forwards more than was granted, or out of order', (t) => {
	const event = fc.oneof(
		fc.record({type: fc.constant('frame' as const), counter: fc.nat(5), bytes: fc.nat(60)}),
		fc.record({type: fc.constant('credit' as const), bytes: fc.integer({min: 1, max: 50})}),
		fc.record({type: fc.constant('end' as const)}),
	);
	fc.assert(
		fc.property(fc.array(event), (events) => {
			const tunnels = openTunnel();
			let granted = 100;
			let sent = 0;
			let next = 0;
			for (const given of events) {
				if (given.type === 'credit') {
					if (tunnels.credit(ba, given.bytes) === 'ok') granted += given.bytes;
				} else if (given.type === 'end') {
					tunnels.end(ab, 0);
				} else if (tunnels.frame(ab, given.counter, given.bytes, 0) === 'forward') {
					t.is(given.counter, next++);
					sent += given.bytes;
				}
			}

			return sent <= granted;
		}),
	);
	t.pass();
});
