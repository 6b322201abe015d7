import test from 'ava';
import fc from 'fast-check';
import {ipBytes} from '../../relay/ip-bytes.js';
import {answerStun} from '../../relay/stun-message.js';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** RFC 5769, 2.1: a request with everything that ICE puts into one. */
const sampleRequest = hex(`
	00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
	80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
	00 24 00 04 6e 00 01 ff
	80 29 00 08 93 2f f9 b1 51 26 3b 36
	00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
	00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
	80 28 00 04 e5 7a 3b cf`);

/** RFC 5769, 2.2 and 2.3: the mapped addresses in answers to that transaction. */
const samples = [
	['192.0.2.1', '00 20 00 08 00 01 a1 47 e1 12 a6 43'],
	['::ffff:192.0.2.1', '00 20 00 08 00 01 a1 47 e1 12 a6 43'],
	[
		'2001:db8:1234:5678:11:2233:4455:6677',
		'00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9',
	],
] as const;

const from = (ip: string, port = 32_853) => ({ip: ipBytes(ip)!, port});
const transaction = sampleRequest.subarray(4, 20);

/** A binding request with these attributes behind its header. */
function request(attributes = '', type = '0001'): Buffer {
	const body = hex(attributes);
	const length = Buffer.alloc(2);
	length.writeUInt16BE(body.length);
	return Buffer.concat([hex(type), length, transaction, body]);
}

for (const [ip, attribute] of samples) {
	test(`the mapped address ${ip} is written as RFC 5769 has it`, (t) => {
		const answer = answerStun(request(), from(ip))!;
		t.deepEqual(answer.subarray(20), hex(attribute));
		t.deepEqual(answer.subarray(4, 20), transaction);
		t.is(answer.readUInt16BE(0), 0x0101);
		t.is(answer.readUInt16BE(2), answer.length - 20);
	});
}

test('the sample request of RFC 5769 is answered, with a fingerprint since it has one', (t) => {
	const answer = answerStun(sampleRequest, from('192.0.2.1'))!;
	t.deepEqual(answer.subarray(20, 32), hex(samples[0][1]));
	t.deepEqual(answer.subarray(32, 36), hex('80 28 00 04'));
	t.is(answer.length, 40);
	t.is(answer.readUInt16BE(2), 20);
});

test('an answer with its fingerprint is one that a strict reader takes', (t) => {
	const answer = answerStun(sampleRequest, from('192.0.2.1'))!;
	// Made a request again, its fingerprint must be wrong; left as it is, it is no request.
	t.is(answerStun(answer, from('192.0.2.1')), undefined);
	answer.writeUInt16BE(0x0001, 0);
	t.is(answerStun(answer, from('192.0.2.1')), undefined);
});

test('a wrong fingerprint, and one that is not last, is ignored', (t) => {
	const wrong = Buffer.from(sampleRequest);
	wrong[wrong.length - 1]! ^= 1;
	t.is(answerStun(wrong, from('192.0.2.1')), undefined);
	t.is(answerStun(request('80280004 00000000 80220000'), from('192.0.2.1')), undefined);
});

const refused = [
	['CHANGE-REQUEST', '0003 0004 00000006', '0009 0004 00000414 000a 0002 0003 0000'],
	['two that are not known', '0003 0000 7fff 0000', '0009 0004 00000414 000a 0004 0003 7fff'],
	['many that are not known', '7ff0 0000'.repeat(20), '0009 0004 00000414 000a 0004 7ff0 7ff0'],
] as const;

for (const [what, attributes, body] of refused) {
	test(`a request with ${what} gets 420 and the names of what is not understood`, (t) => {
		const answer = answerStun(request(attributes), from('192.0.2.1'))!;
		t.is(answer.readUInt16BE(0), 0x0111);
		t.deepEqual(answer.subarray(20), hex(body));
	});
}

test('an optional attribute that is not known is no hindrance', (t) => {
	t.is(answerStun(request('c001 0003 aabbcc00'), from('192.0.2.1'))?.readUInt16BE(0), 0x0101);
});

const ignored: ReadonlyArray<readonly [what: string, packet: Buffer]> = [
	['nothing', Buffer.alloc(0)],
	['a header that is cut', request().subarray(0, 19)],
	['an indication', request('', '0011')],
	['a success', request('', '0101')],
	['an error', request('', '0111')],
	['an allocation', request('', '0003')],
	['data of a TURN channel', Buffer.concat([hex('4000'), request().subarray(2)])],
	['another cookie', Buffer.concat([hex('00010000 00000000'), transaction.subarray(4)])],
	['a length above the packet', Buffer.concat([hex('00010004'), transaction])],
	['a length below the packet', Buffer.concat([request(), Buffer.alloc(4)])],
	['a length that is no multiple of four', Buffer.concat([hex('00010002'), transaction, hex('8022')])],
	['an attribute that is cut', request('8022 0008 00000000')],
	['a packet above every size', request('c001 0000'.repeat(200))],
];

for (const [what, packet] of ignored) {
	test(`${what} is ignored`, (t) => {
		t.is(answerStun(packet, from('192.0.2.1')), undefined);
	});
}

const attribute = fc.tuple(fc.integer({min: 0, max: 0xffff}), fc.uint8Array({maxLength: 24}));

test('whatever comes, it is ignored or answered with a little more than was sent, and never answered in turn', (t) => {
	const packets = fc.oneof(
		fc.uint8Array({maxLength: 600}),
		fc.array(attribute, {maxLength: 12}).map((attributes) =>
			request(
				attributes
					.map(([type, value]) => {
						const head = Buffer.alloc(4);
						head.writeUInt16BE(type);
						head.writeUInt16BE(value.length, 2);
						return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]).toString('hex');
					})
					.join(''),
			),
		),
		fc.tuple(fc.nat(sampleRequest.length - 1), fc.nat(255)).map(([index, byte]) => {
			const packet = Buffer.from(sampleRequest);
			packet[index] = byte;
			return packet;
		}),
	);
	fc.assert(
		fc.property(packets, fc.boolean(), (packet, isIpv6) => {
			const source = from(isIpv6 ? '2001:db8::1' : '192.0.2.1');
			const answer = answerStun(packet, source);
			if (!answer) return true;
			return answer.length <= packet.length + 24 && answerStun(answer, source) === undefined;
		}),
		{numRuns: 3000},
	);
	t.pass();
});
