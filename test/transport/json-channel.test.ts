import test from 'ava';
import fc from 'fast-check';
import {startWindowBytes} from '../../source/protocol/limits.js';
import {
	type ChannelMessage,
	closeMessage,
	EarlyMessages,
	parseChannel,
} from '../../source/transport/json-channel.js';
import {wireHubs} from './support/wired-hubs.js';

const peerId = 'b'.repeat(26);

function message(sequence: number, body = ''): ChannelMessage {
	return {
		type: 'peer_message',
		session_id: 's'.repeat(26),
		from_peer_id: peerId,
		channel: '3',
		sequence,
		body,
	};
}

const names: ReadonlyArray<{name: string; parsed: ReturnType<typeof parseChannel>}> = [
	{name: '0', parsed: {generation: 0, kind: 'data'}},
	{name: '16777215', parsed: {generation: 16_777_215, kind: 'data'}},
	{name: '7.credit', parsed: {generation: 7, kind: 'credit'}},
	{name: '7.close', parsed: {generation: 7, kind: 'close'}},
	{name: '7.later', parsed: undefined},
	{name: '7.', parsed: undefined},
	{name: 'x', parsed: undefined},
	{name: '', parsed: undefined},
	{name: '-1', parsed: undefined},
	{name: '123456789', parsed: undefined},
];

for (const {name, parsed} of names) {
	test(`The channel "${name}" is ${parsed ? `${parsed.kind} of generation ${parsed.generation}` : 'nobody’s'}`, (t) => {
		t.deepEqual(parseChannel(name), parsed);
	});
}

test('The first message asks, what follows waits, and all of it is read once', (t) => {
	const early = new EarlyMessages();
	t.is(early.keep('k', 'data', message(0)), 'asked');
	t.is(early.keep('k', 'data', message(1)), 'done');
	t.deepEqual(
		early.take('k').map(({sequence}) => sequence),
		[0, 1],
	);
	t.deepEqual(early.take('k'), []);
});

test('The rest of an unknown channel is said to be unknown once, and an ended one is dropped in silence', (t) => {
	const early = new EarlyMessages();
	t.is(early.keep('k', 'data', message(5)), 'unknown');
	t.is(early.keep('k', 'data', message(6)), 'done');
	t.is(early.keep('other', 'credit', message(0)), 'done');
	early.end('ended');
	t.is(early.keep('ended', 'data', message(0)), 'done');
	t.deepEqual(early.keys(), []);
});

test('What waits is bounded, in each channel and in their number', (t) => {
	const early = new EarlyMessages();
	const body = 'AAAA'.repeat(16 * 1024);
	for (let sequence = 0; sequence < 100; sequence++) early.keep('k', 'data', message(sequence, body));
	const length = early.take('k').reduce((sum, kept) => sum + kept.body.length, 0);
	t.true(length > startWindowBytes && length <= 2 * startWindowBytes);
	for (let count = 0; count < 1000; count++) early.keep(`k${count}`, 'data', message(0));
	t.true(early.keys().length <= 64);
});

test('A hub takes any peer_message without a throw', (t) => {
	const {hubs} = wireHubs();
	fc.assert(
		fc.property(
			fc.constantFrom('0', '3', '3.credit', '3.close', '9', 'x'),
			fc.nat(3),
			fc.base64String({maxLength: 40}),
			(channel, sequence, body) => {
				t.true(hubs[0].receive({...message(sequence, body), channel}));
			},
		),
	);
	t.true(hubs[0].receive({...message(0), ...closeMessage(peerId, 3, 'ü'.repeat(500))}));
});
