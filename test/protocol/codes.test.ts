import {readFileSync} from 'node:fs';
import test from 'ava';
import {errorCodes, isErrorCode} from '../../source/protocol/codes.js';
import {clientMessageSchema, relayMessageSchema} from '../../source/protocol/relay-messages.js';

const paper = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

test('docs/protocol.md holds the same table of codes, in the same order', (t) => {
	const section = /### Codes\n([^]*?)\n## /.exec(paper)?.[1] ?? '';
	const rows = section.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm);
	t.deepEqual(
		[...rows].map(([, code, sentence]) => [code, sentence]),
		Object.entries(errorCodes),
	);
});

test('docs/protocol.md names every message of the relay protocol and every field', (t) => {
	for (const {shape} of [...clientMessageSchema.options, ...relayMessageSchema.options]) {
		t.true(paper.includes(`\`${shape.type.value}`), shape.type.value);
		for (const name of Object.keys(shape)) t.regex(paper, new RegExp(`\\b${name}\\b`), shape.type.value);
	}
});

test('a code is one of the table, and no name that every object has', (t) => {
	t.true(isErrorCode('no_tunnel'));
	t.false(isErrorCode('toString'));
	t.false(isErrorCode('done'));
});
