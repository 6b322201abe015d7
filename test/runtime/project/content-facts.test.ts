import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {type KnownFacts, learnFacts} from '../../../source/runtime/project/content-facts.js';

const oids = ['a', 'b', 'c'].map((digit) => digit.repeat(40));
const contents = oids.map((oid) => `${oid}-100644`);

function storeWhere(read: (oid: string) => string) {
	return {
		info: async () => ({type: 'blob' as const, bytes: 4}),
		read: async (oid: string) => Buffer.from(read(oid)),
		openBlob: () => {
			throw new Error('small contents are read whole');
		},
	};
}

test('a content that is damaged hides no other one', async (t) => {
	const store = storeWhere((oid) => {
		if (oid === oids[1]) throw new Failure('store_damaged');
		return oid === oids[2] ? 'a\0bc' : 'text';
	});
	const known = await learnFacts(store, [...contents, undefined], new Map());
	t.deepEqual(
		[...known],
		[
			[oids[0], {bytes: 4, binary: false}],
			[oids[2], {bytes: 4, binary: true}],
		],
	);
});

test('what cannot be read now is asked for again, and what is known is not', async (t) => {
	const known: KnownFacts = new Map();
	const failing = storeWhere((oid) => {
		if (oid === oids[1]) throw new Error('EMFILE');
		return 'text';
	});
	await t.throwsAsync(learnFacts(failing, contents, known), {message: 'EMFILE'});
	const asked: string[] = [];
	const working = storeWhere((oid) => {
		asked.push(oid);
		return 'text';
	});
	await learnFacts(working, contents, known);
	t.is(known.size, 3);
	t.false(asked.includes(oids[0]!));
});
