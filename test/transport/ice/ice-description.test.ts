import test from 'ava';
import fc from 'fast-check';
import {maxDescribedCandidates, parseDescription} from '../../../source/transport/ice/ice-description.js';

const lines = (...candidates: string[]) =>
	['v=0', 's=-', 'a=ice-ufrag:abcd', ...candidates.map((text) => `a=candidate:${text}`), ''].join('\r\n');

test('candidates and the fragment of the user name are read', (t) => {
	const description = parseDescription(
		`${lines('1 1 UDP 1 192.0.2.1 4000 typ host')}a=end-of-candidates\r\n`,
	);
	t.is(description?.ufrag, 'abcd');
	t.deepEqual(description?.candidates, ['candidate:1 1 UDP 1 192.0.2.1 4000 typ host']);
	t.false(description?.head.includes('end-of-candidates'));
});

test('candidates that are no addresses are left out, for each would be a name to look up', (t) => {
	const description = parseDescription(
		lines('1 1 UDP 1 evil.example.org 80 typ host', '2 1 UDP 1 ::1 4000 typ host', '3'),
	);
	t.deepEqual(description?.candidates, ['candidate:2 1 UDP 1 ::1 4000 typ host']);
	t.false(description?.head.includes('evil'));
});

test('no more candidates are taken than a machine may have', (t) => {
	const many = Array.from({length: 100}, (_, index) => `1 1 UDP 1 192.0.2.1 ${4000 + index} typ host`);
	t.is(parseDescription(lines(...many))?.candidates.length, maxDescribedCandidates);
});

for (const text of ['', 'nonsense', 'v=0\r\ns=-\r\n', `v=0\r\na=ice-ufrag:a\r\n${'a'.repeat(20_000)}`]) {
	test(`"${text.slice(0, 20)}", ${text.length} characters: no description`, (t) => {
		t.is(parseDescription(text), undefined);
	});
}

test('no text makes the reader of descriptions throw', (t) => {
	fc.assert(fc.property(fc.string(), (text) => parseDescription(`v=0\n${text}`) === undefined || true));
	t.pass();
});
