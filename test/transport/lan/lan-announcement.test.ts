import test from 'ava';
import fc from 'fast-check';
import {type Announcement, LanSeal} from '../../../source/transport/lan/lan-announcement.js';

const secret = new Uint8Array(32).fill(7);
const ada: Announcement = {
	peerId: 'a'.repeat(26),
	instance: 'f00d-Cafe_1',
	port: 4001,
	at: 1_760_000_000_000,
	addresses: ['192.0.2.1', '2001:db8::1'],
};

test('A member reads what a member wrote', (t) => {
	const read = new LanSeal(secret).read(new LanSeal(secret).write(ada), ada.port);
	t.deepEqual(read, ada);
});

test('The token is 26 characters that tell neither the secret nor, to one without it, the session', (t) => {
	const {token} = new LanSeal(secret);
	t.regex(token, /^[a-z2-7]{26}$/);
	t.not(new LanSeal(new Uint8Array(32).fill(8)).token, token);
});

test('Who has another secret reads nothing', (t) => {
	const stranger = new LanSeal(new Uint8Array(32).fill(8));
	t.is(stranger.read(new LanSeal(secret).write(ada), ada.port), undefined);
	t.is(stranger.read({...new LanSeal(secret).write(ada), token: stranger.token}, ada.port), undefined);
});

test('A changed word breaks the seal', (t) => {
	const seal = new LanSeal(secret);
	const txt = seal.write(ada);
	const changes = {
		peer_id: 'b'.repeat(26),
		instance: 'other',
		at: '1760000000001',
		a0: '192.0.2.2',
		a2: '192.0.2.3',
		seal: 'AAAAAAAAAAAAAAAAAAAAAA',
	};
	for (const [name, value] of Object.entries(changes)) {
		t.is(seal.read({...txt, [name]: value}, ada.port), undefined, name);
	}
	t.is(seal.read(txt, ada.port + 1), undefined, 'port');
});

test('Names and lists are bounded: no ids of another form, no names in place of addresses, at most 8 of these', (t) => {
	const seal = new LanSeal(secret);
	const odd: Partial<Announcement>[] = [
		{peerId: 'A'.repeat(26)},
		{peerId: 'a'.repeat(27)},
		{instance: 'x'.repeat(65)},
		{instance: 'two words'},
		{at: -1},
		{at: 1e15},
		{addresses: ['example.org']},
	];
	for (const change of odd) {
		t.is(seal.read(seal.write({...ada, ...change}), ada.port), undefined, JSON.stringify(change));
	}
	const many = Array.from({length: 20}, (_, index) => `192.0.2.${index}`);
	t.deepEqual(seal.read(seal.write({...ada, addresses: many}), ada.port)?.addresses, many.slice(0, 8));
});

test('Whatever stands in a record, it is read or it is nothing; it never throws', (t) => {
	const seal = new LanSeal(secret);
	const txt = seal.write(ada);
	fc.assert(
		fc.property(
			fc.anything(),
			fc.dictionary(fc.constantFrom(...Object.keys(txt)), fc.anything()),
			(any, part) => {
				t.is(seal.read(any, ada.port), undefined);
				const read = seal.read({...txt, ...part}, ada.port);
				t.true(read === undefined || Object.keys(part).every((key) => String(part[key]) === txt[key]));
			},
		),
		{numRuns: 300},
	);
});
