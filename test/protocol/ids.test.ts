import test from 'ava';
import fc from 'fast-check';
import {
	base64ByteLength,
	decodeBase64Url,
	encodeBase32,
	encodeBase64Url,
	idPattern,
	isBase64,
} from '../../source/protocol/ids.js';

// RFC 4648, section 10, in lower case and without padding.
const vectors = [
	['', ''],
	['f', 'my'],
	['fo', 'mzxq'],
	['foo', 'mzxw6'],
	['foob', 'mzxw6yq'],
	['fooba', 'mzxw6ytb'],
	['foobar', 'mzxw6ytboi'],
] as const;

for (const [text, expected] of vectors) {
	test(`base32 of "${text}" is "${expected}"`, (t) => {
		t.is(encodeBase32(Buffer.from(text)), expected);
	});
}

test('16 bytes make an id', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 16, maxLength: 16}), (bytes) =>
			idPattern.test(encodeBase32(bytes)),
		),
	);
	t.pass();
});

test('base64url is what Node makes of the same bytes, and decodes to them', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 100}), (bytes) => {
			const text = encodeBase64Url(bytes);
			t.is(text, Buffer.from(bytes).toString('base64url'));
			t.deepEqual(decodeBase64Url(text), Uint8Array.from(bytes));
		}),
	);
});

for (const text of ['A', 'AAAAA', 'AB', 'AAB', 'AA==', 'A A', 'A+/A', 'é']) {
	test(`"${text}" is not base64url`, (t) => {
		t.is(decodeBase64Url(text), undefined);
	});
}

test('canonical base64 is exactly what Node makes', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 100}), (bytes) => {
			const text = Buffer.from(bytes).toString('base64');
			return isBase64(text) && base64ByteLength(text) === bytes.length;
		}),
	);
	fc.assert(
		fc.property(fc.base64String(), fc.string({maxLength: 3}), (text, tail) => {
			const given = text + tail;
			return isBase64(given) === (Buffer.from(given, 'base64').toString('base64') === given);
		}),
	);
	t.pass();
});

for (const text of ['A', 'AAA', '====', 'A===', 'AB==', 'AAB=', 'AA=A', 'AAA\n', 'AAAA AAAA', 'AA-_']) {
	test(`${JSON.stringify(text)} is not base64`, (t) => {
		t.false(isBase64(text));
	});
}
