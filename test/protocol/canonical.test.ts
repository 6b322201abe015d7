import test from 'ava';
import fc from 'fast-check';
import {lengthPrefixed, relayProofParts} from '../../source/protocol/canonical.js';

test('each part has its length before it', (t) => {
	const bytes = lengthPrefixed([Buffer.from('ab'), new Uint8Array(), Buffer.from('c')]);
	t.is(Buffer.from(bytes).toString('hex'), '00000002' + '6162' + '00000000' + '00000001' + '63');
});

test('two lists of parts never give the same bytes', (t) => {
	const parts = fc.array(fc.uint8Array({maxLength: 4}), {maxLength: 4});
	fc.assert(
		fc.property(parts, parts, (one, other) => {
			const isSameList =
				JSON.stringify(one.map(String)) === JSON.stringify(other.map(String)) && one.length === other.length;
			return isSameList === (Buffer.compare(lengthPrefixed(one), lengthPrefixed(other)) === 0);
		}),
	);
	t.pass();
});

test('the bytes that a proof signs do not change', (t) => {
	const bytes = relayProofParts(Uint8Array.of(1, 2), 'session', 'peer');
	const expected = lengthPrefixed([
		Buffer.from('pulsync relay v1'),
		Uint8Array.of(1, 2),
		Buffer.from('session'),
		Buffer.from('peer'),
	]);
	t.deepEqual(bytes, expected);
});
