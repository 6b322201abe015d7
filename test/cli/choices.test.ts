import test from 'ava';
import fc from 'fast-check';
import {chooseForSession, cleanName, withEnvironment} from '../../source/cli/choices.js';
import {name as relayName} from '../../source/protocol/relay-fields.js';
import {parseRate} from '../../source/cli/parse-rate.js';

const none = {recentSessions: []};

test('a flag goes before its variable, that before the setting, that before the default', (t) => {
	const settings = {...none, name: 'from settings', tier: 'json' as const};
	const env = {PULSYNC_NAME: 'from env', PULSYNC_TIER: 'proxy'};
	const pick = (flags: object, variables: object, stored: typeof settings | typeof none) => {
		const chosen = chooseForSession(withEnvironment(flags, {...variables}, 'host'), stored);
		return chosen.ok ? [chosen.choices.name, chosen.choices.pin] : chosen.message;
	};
	t.deepEqual(pick({name: 'from flag', tier: 'auto'}, env, settings), ['from flag', 'auto']);
	t.deepEqual(pick({}, env, settings), ['from env', 'proxy']);
	t.deepEqual(pick({}, {}, settings), ['from settings', 'json']);
	t.deepEqual(pick({}, {}, none), [undefined, 'auto']);
});

test('a relay of the settings is for hosting alone, one of a flag or a variable for every start', (t) => {
	const relays = (given: object, variables: Record<string, string> = {}) => {
		const values = withEnvironment(given, variables, 'join');
		const chosen = chooseForSession(values, {...none, relayUrl: 'ws://kept'});
		return chosen.ok && [chosen.choices.relayUrl, chosen.choices.hostRelayUrl];
	};
	t.deepEqual(relays({}), [undefined, 'ws://kept']);
	t.deepEqual(relays({'relay-url': 'ws://flag'}), ['ws://flag', 'ws://kept']);
	t.deepEqual(relays({}, {PULSYNC_RELAY_URL: 'ws://env'}), ['ws://env', 'ws://kept']);
});

test('none takes a limit of the settings away', (t) => {
	const limits = (given: object) => {
		const chosen = chooseForSession(given, {...none, limitUp: '1MB/s', limitDown: 'none'});
		return chosen.ok && [chosen.choices.limitUp, chosen.choices.limitDown];
	};
	t.deepEqual(limits({}), [1_000_000, undefined]);
	t.deepEqual(limits({'limit-up': 'none'}), [undefined, undefined]);
	t.deepEqual(limits({'limit-up': '2MB/s', 'limit-down': '1MB/s'}), [2_000_000, 1_000_000]);
});

test('variables of other commands and empty ones do not count', (t) => {
	t.deepEqual(withEnvironment({}, {PULSYNC_TOKEN: 'x', PULSYNC_NAME: ''}, 'host'), {});
	t.deepEqual(withEnvironment({}, {PULSYNC_TRUST_PROXY: '1'}, 'relay'), {'trust-proxy': true});
	t.deepEqual(withEnvironment({}, {PULSYNC_TRUST_PROXY: 'false'}, 'relay'), {});
});

const wrong: readonly (readonly [flags: object, message: RegExp])[] = [
	[{tier: 'teleport'}, /--tier must be auto, direct, proxy or json/],
	[{'relay-url': 'http://example.org'}, /--relay-url must start with ws:/],
	[{'relay-url': 'nonsense'}, /--relay-url must start with ws:/],
	[{'limit-up': 'fast'}, /--limit-up must be a rate/],
	[{port: '70000'}, /--port must be a number from 0 to 65535/],
	[{port: '-1'}, /--port must be a number/],
	[{stun: 'stun:a http://b'}, /--stun must be written stun:host\[:port\]/],
	[{turn: 'turns:a:secret@b'}, /^--turn must be written turn:((?!secret).)*$/],
	[{stun: 'stun:a '.repeat(9)}, /--stun may name 8 servers at most/],
];

for (const [flags, message] of wrong) {
	test(`${JSON.stringify(flags)} is refused in one sentence`, (t) => {
		const chosen = chooseForSession(flags, none);
		t.false(chosen.ok);
		t.regex(chosen.ok ? '' : chosen.message, message);
	});
}

const rates: readonly (readonly [text: string, rate: number | undefined])[] = [
	['2MB/s', 2_000_000],
	['2 MB/s', 2_000_000],
	['1.5k', 1500],
	['512KiB/s', 524_288],
	['1GiB', 1_073_741_824],
	['1000000', 1_000_000],
	['0', undefined],
	['-1', undefined],
	['MB', undefined],
	['1TB/s', undefined],
	['9'.repeat(30), undefined],
];

for (const [text, rate] of rates) {
	test(`the rate ${text} is ${rate ?? 'none'}`, (t) => {
		t.is(parseRate(text), rate);
	});
}

test('a name is one that the relay and every peer take, whatever was given', (t) => {
	const character = fc.oneof(
		fc.constantFrom('\u202e', '\u2066', '\u{1f600}', ' ', '\u2028', '\u0085', 'a'),
		fc.string({unit: 'binary', minLength: 1, maxLength: 1}),
	);
	fc.assert(
		fc.property(fc.array(character, {maxLength: 200}), (characters) => {
			const name = cleanName(characters.join(''));
			return name === undefined || (relayName.safeParse(name).success && cleanName(name) === name);
		}),
	);
	t.is(cleanName('  ada\u0007 \n lovelace '), 'ada lovelace');
	t.is(cleanName(' \t'), undefined);
	t.is(cleanName('\u202eada\u202c'), 'ada');
	t.is(cleanName('\u{1f600}'.repeat(33)), '\u{1f600}'.repeat(32));
	t.is(cleanName(`${'a'.repeat(63)}\u{1f600}`), 'a'.repeat(63));
});

test('STUN and TURN servers may be several, with blanks or commas between, and a flag goes before the settings', (t) => {
	const pick = (values: object, settings: object) => {
		const chosen = chooseForSession(values, {...none, ...settings});
		return chosen.ok ? [chosen.choices.stun, chosen.choices.turn] : chosen.message;
	};
	const stored = {stun: ['stun:c', 'not good:'], turn: ['turn:u:p@d', 'turns:e']};
	t.deepEqual(pick({}, {}), [[], []]);
	t.deepEqual(pick({}, stored), [['stun:c:3478'], [{url: 'turn:d:3478', username: 'u', credential: 'p'}]]);
	t.deepEqual(pick({stun: 'stun:a, stun:b:1', turn: 'turn:x turn:u:p@y'}, stored), [
		['stun:a:3478', 'stun:b:1'],
		[{url: 'turn:x:3478'}, {url: 'turn:y:3478', username: 'u', credential: 'p'}],
	]);
});

test('the secrets of servers may stand in variables, where no list of processes shows them', (t) => {
	const env = {PULSYNC_TURN_SECRET: 'north', PULSYNC_TURN: 'turn:u:p@a'};
	t.deepEqual(withEnvironment({}, env, 'relay'), {'turn-secret': 'north', turn: 'turn:u:p@a'});
	t.deepEqual(withEnvironment({}, env, 'host'), {turn: 'turn:u:p@a'});
});

test('a relay in the settings may be written as people write one', (t) => {
	const hostsAt = (relayUrl: string) => {
		const chosen = chooseForSession({}, {recentSessions: [], relayUrl});
		return chosen.ok ? chosen.choices.hostRelayUrl : undefined;
	};
	for (const good of [
		'relay.example',
		'relay.example:8787',
		'https://relay.example',
		'wss://relay.example/ws',
	])
		t.is(hostsAt(good), good);
	for (const bad of ['ftp://relay.example', 'ws://', 'two words']) t.is(hostsAt(bad), undefined, bad);
});
