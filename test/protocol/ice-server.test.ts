import test from 'ava';
import fc from 'fast-check';
import {parseStunUrl, parseTurnUrl, type TurnServer} from '../../source/protocol/ice-server.js';

const stun: readonly (readonly [text: string, url: string | undefined])[] = [
	['stun:stun.example', 'stun:stun.example:3478'],
	['stun:stun.example:19302', 'stun:stun.example:19302'],
	['STUN:Stun.Example', 'stun:stun.example:3478'],
	['stun.example', undefined],
	['stun:192.0.2.1:5000', 'stun:192.0.2.1:5000'],
	['stun:[2001:db8::1]', 'stun:[2001:db8::1]:3478'],
	['stun:stun.example?transport=udp', 'stun:stun.example:3478'],
	['stun:stun.example?transport=tcp', undefined],
	['stuns:stun.example', undefined],
	['stun://stun.example', undefined],
	['stun:user@stun.example', undefined],
	['stun:stun.example:0', undefined],
	['stun:stun.example:70000', undefined],
	['stun:', undefined],
	['', undefined],
	[`stun:${`${'a'.repeat(62)}.`.repeat(4)}`.slice(0, -1), undefined],
];

for (const [text, url] of stun) {
	test(`${JSON.stringify(text.slice(0, 60))} is ${url ?? 'no STUN server'}`, (t) => {
		t.is(parseStunUrl(text), url);
	});
}

const turn: readonly (readonly [text: string, server: TurnServer | undefined])[] = [
	['turn:turn.example', {url: 'turn:turn.example:3478'}],
	['turn:ada:lace@turn.example:5000', {url: 'turn:turn.example:5000', username: 'ada', credential: 'lace'}],
	['turn:a%3Ab:c%40d@t.example', {url: 'turn:t.example:3478', username: 'a:b', credential: 'c@d'}],
	['turn:ada:p@ss:word@t.example', {url: 'turn:t.example:3478', username: 'ada', credential: 'p@ss:word'}],
	['turn:ada:x@[2001:db8::1]:1', {url: 'turn:[2001:db8::1]:1', username: 'ada', credential: 'x'}],
	['turn:t.example?transport=udp', {url: 'turn:t.example:3478'}],
	['turn:t.example?transport=tcp', undefined],
	['turns:t.example', undefined],
	['turn://t.example', undefined],
	['turn:ada@t.example', undefined],
	['turn:ada:%zz@t.example', undefined],
	[`turn:ada:${'x'.repeat(300)}@t.example`, undefined],
	['turn:', undefined],
];

for (const [text, server] of turn) {
	test(`${JSON.stringify(text.slice(0, 60))} is ${server ? 'a' : 'no'} TURN server`, (t) => {
		t.deepEqual(parseTurnUrl(text), server);
	});
}

test('a name and a password that are written as in URLs come back as they were', (t) => {
	const word = fc.string({minLength: 1, maxLength: 40, unit: 'grapheme'});
	fc.assert(
		fc.property(word, word, (username, credential) => {
			const text = `turn:${encodeURIComponent(username)}:${encodeURIComponent(credential)}@turn.example`;
			t.deepEqual(parseTurnUrl(text), {url: 'turn:turn.example:3478', username, credential});
		}),
	);
});

test('whatever is written, the outcome is a server that fits the relay’s schema or none', (t) => {
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 400}), (text) => {
			for (const url of [parseStunUrl(`stun:${text}`), parseTurnUrl(`turn:${text}`)?.url]) {
				if (url !== undefined && !/^(stun|turn):[a-z\d_.:[\]-]{3,250}$/.test(url)) return false;
			}

			return true;
		}),
	);
	t.pass();
});
