import test from 'ava';
import {PacketGate, TokenAllowance} from '../../../source/transport/lan/lan-gate.js';

const token = 'abcdefghijklmnopqrstuvwxyz';
const labels = '\u0008_pulsync\u0004_tcp\u0005local\u0000';

function packet({
	response = true,
	questions = 0,
	records = 4,
	body = `${labels}token=${token}`,
}: {response?: boolean; questions?: number; records?: number; body?: string} = {}): Buffer {
	const header = Buffer.alloc(12);
	header[2] = response ? 0x84 : 0;
	header.writeUInt16BE(questions, 4);
	header.writeUInt16BE(records, 6);
	return Buffer.concat([header, Buffer.from(body, 'latin1')]);
}

test('Queries for our service and answers of our session pass; everything else does not', (t) => {
	const passing = [packet(), packet({response: false, questions: 1, records: 0, body: labels})];
	const refused = {
		'another service': packet({body: `\u0004_ipp\u0004_tcp\u0005local\u0000token=${token}`}),
		'another session': packet({body: `${labels}token=${'z'.repeat(26)}`}),
		'too many questions': packet({response: false, questions: 9, records: 0}),
		'too many records': packet({records: 97}),
		'too large': packet({body: `${labels}token=${token}${'x'.repeat(9000)}`}),
		'a cut header': packet().subarray(0, 11),
		nothing: Buffer.alloc(0),
	};
	const gate = new PacketGate(token);
	for (const bytes of passing) t.true(gate.passes(bytes, '192.0.2.1'));
	for (const [what, bytes] of Object.entries(refused)) t.false(gate.passes(bytes, '192.0.2.1'), what);
});

test('One who floods is cut to ten a second, and the others are still heard', (t) => {
	let now = 0;
	const gate = new PacketGate(token, () => now);
	const from = (source: string, times: number) =>
		Array.from({length: times}, () => gate.passes(packet(), source)).filter(Boolean).length;
	t.is(from('192.0.2.66', 1000), 30);
	t.is(from('192.0.2.1', 5), 5);
	now = 10_000;
	t.is(from('192.0.2.66', 1000), 30);
	now = 11_000;
	t.is(from('192.0.2.66', 1000), 10);
});

test('Flooding under a thousand names is cut to a bound for all', (t) => {
	let now = 0;
	const gate = new PacketGate(token, () => now);
	let passed = 0;
	for (let index = 0; index < 5000; index++)
		if (gate.passes(packet(), `10.0.${index >> 8}.${index & 255}`)) passed++;
	t.is(passed, 100);
	now = 1000;
	t.true(gate.passes(packet(), '192.0.2.1'));
});

test('An allowance gives so many at once, and fills again with time', (t) => {
	let now = 0;
	const allowance = new TokenAllowance(2, 3, () => now);
	const take = () => allowance.take();
	t.deepEqual([take(), take(), take(), take()], [true, true, true, false]);
	now = 500;
	t.deepEqual([take(), take()], [true, false]);
});
