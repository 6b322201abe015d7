/** Who lets a new member in: a relay, a member in the same network, or for a founder nobody at all. */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {exitCodeOf} from '../../source/core/text.js';
import {Failure} from '../../source/protocol/failure.js';
import {admit, type AdmissionOptions} from '../../source/runtime/admission.js';
import {type SessionPlan} from '../../source/runtime/session-plan.js';
import {type Introduction} from '../../source/transport/direct/introduce.js';
import {createIdentity} from '../../source/transport/identity.js';
import {type LanDiscoveryOptions} from '../../source/transport/lan/lan-discovery.js';
import {type RelayConnection} from '../../source/transport/relay-socket.js';
import {createSecret, deriveSession} from '../../source/transport/session-keys.js';

const founder = createIdentity();
const secret = createSecret();
const keys = deriveSession({secret, founderPublicKey: founder.publicKey});
const far = 'ws://relay.example:8787/ws';
const silent = () => new Failure('relay_unreachable', {details: {url: far}});

const joiner: SessionPlan = {
	identity: createIdentity(),
	secret,
	keys: {...deriveSession({secret, founderPublicKey: ''}), sessionId: keys.sessionId},
	founderKey: '',
	role: 'member',
	relayUrls: [far],
	isNew: true,
	merge: false,
	isCopy: false,
};
const host: SessionPlan = {...joiner, identity: founder, keys, founderKey: founder.publicKey, role: 'host'};

/** A relay that never lets us in, and a network in which `members` are seen, who answer as `introduce` says. */
function createScene(
	options: Partial<AdmissionOptions>,
	{members = [], introduce}: {members?: readonly string[]; introduce?: (peerId: string) => Introduction} = {},
) {
	const told = {searches: 0, closed: 0, asked: [] as string[]};
	const admission: AdmissionOptions = {
		plan: joiner,
		embedded: false,
		instance: 'f00d',
		pin: 'auto',
		log: () => {},
		relay: {
			connect: async () => {
				throw silent();
			},
		},
		lan: {
			discover: (discovery: LanDiscoveryOptions) => {
				told.searches++;
				const addresses = [{ip: '192.0.2.1', port: 4001}];
				for (const peerId of members)
					setImmediate(() => discovery.found({peerId, instance: 'cafe', addresses}));
				return {
					doubt: () => {},
					close: async () => {
						told.closed++;
					},
				};
			},
			introduce: async ({peerId = ''}) => {
				told.asked.push(peerId);
				if (!introduce) throw new Failure('no_answer');
				return introduce(peerId);
			},
		},
		...options,
	};
	return {admission, told};
}

const introduction = (founderKey: string): Introduction => ({
	peerId: founder.peerId,
	publicKey: founder.publicKey,
	instance: 'cafe',
	founderKey,
	hello: {
		type: 'hello',
		name: 'Ada',
		role: 'host',
		versions: [1, 1],
		tiers: ['direct'],
		addresses: [],
		relay_urls: [],
		capabilities: [],
	},
});

const failureOf = async (admitting: Promise<unknown>): Promise<string> => {
	try {
		await admitting;
	} catch (error) {
		if (error instanceof Failure) return error.code;
	}
	return 'admitted';
};

test('A member in the same network lets a joiner in when no relay answers', async (t) => {
	const {admission, told} = createScene(
		{},
		{members: ['ada'], introduce: () => introduction(founder.publicKey)},
	);
	const {plan, connection} = await admit(admission);
	t.is(connection, undefined);
	t.is(plan.founderKey, founder.publicKey);
	t.is(plan.keys.sessionId, keys.sessionId);
	t.deepEqual(told, {searches: 1, closed: 1, asked: ['ada']});
});

/** A relay that is asked to let us in at once and answers as `answer` says. */
const asked =
	(answer: (signal: AbortSignal) => Promise<RelayConnection>): AdmissionOptions['relay']['connect'] =>
	async (_mode, _attempt, signal, entering) => {
		entering?.();
		return answer(signal!);
	};
const byAda = {members: ['ada'], introduce: () => introduction(founder.publicKey)};

test('A relay that was asked already lets a joiner in, though a member is quicker', async (t) => {
	const entered = {founderKey: founder.publicKey} as RelayConnection;
	const answer = async (signal: AbortSignal) => sleep(150, entered, {signal});
	const {admission, told} = createScene({relay: {connect: asked(answer)}}, byAda);
	const {plan, connection} = await admit(admission);
	t.deepEqual([told.asked, plan.founderKey], [['ada'], founder.publicKey]);
	t.is(connection, entered);
});

test('A relay that was asked and says nothing, or no, is not waited for where a member lets a joiner in', async (t) => {
	const says: readonly ((signal: AbortSignal) => Promise<RelayConnection>)[] = [
		async (signal) => sleep(20_000, {} as RelayConnection, {signal}),
		async () => {
			await sleep(100);
			throw silent();
		},
	];
	for (const answer of says) {
		const {admission} = createScene({relay: {connect: asked(answer)}}, byAda);
		const since = performance.now();
		const {plan, connection} = await admit(admission);
		t.deepEqual([plan.founderKey, connection], [founder.publicKey, undefined]);
		const tookMs = performance.now() - since;
		t.true(tookMs < 5000, `${tookMs} ms`);
	}
});

test('A member that names a founder who did not make the invite is not believed; the next one is asked', async (t) => {
	const {admission, told} = createScene(
		{},
		{
			members: ['eve', 'ada'],
			introduce: (peerId) => introduction(peerId === 'ada' ? founder.publicKey : createIdentity().publicKey),
		},
	);
	t.is((await admit(admission)).plan.founderKey, founder.publicKey);
	t.deepEqual(told.asked.sort(), ['ada', 'eve']);
});

test('Where nobody answers, the reason of the relay is told after fifteen seconds, and the search is over', async (t) => {
	const {admission, told} = createScene({}, {members: ['ada']});
	const since = performance.now();
	t.is(await failureOf(admit(admission)), 'relay_unreachable');
	const tookMs = performance.now() - since;
	t.true(tookMs > 13_000 && tookMs < 17_000, `${tookMs} ms`);
	t.is(told.closed, 1);
});

test('A founder begins after five seconds without a relay that does not answer', async (t) => {
	const {admission} = createScene({plan: host});
	const since = performance.now();
	const {plan, connection} = await admit(admission);
	t.is(connection, undefined);
	t.is(plan, host);
	const tookMs = performance.now() - since;
	t.true(tookMs > 4900 && tookMs < 7000, `${tookMs} ms`);
});

test('A founder whom the relay refuses does not begin', async (t) => {
	const refused = new Failure('not_admitted', {severity: 'fatal'});
	const relay = {
		connect: async () => {
			throw refused;
		},
	};
	t.is(await failureOf(admit(createScene({plan: host, relay}).admission)), 'not_admitted');
});

test('What cannot come right by waiting is told at once', async (t) => {
	const relay = {
		connect: async () => {
			throw new Failure('unsupported_version', {severity: 'fatal'});
		},
	};
	t.is(await failureOf(admit(createScene({relay}).admission)), 'unsupported_version');
});

test('A joiner whom a relay has no room for asks again as soon as it says, and one who would wait too long is told at once', async (t) => {
	for (const code of ['session_full', 'rate_limited'] as const) {
		const entered = {founderKey: founder.publicKey} as RelayConnection;
		const askedAt: number[] = [];
		const connect = async () => {
			askedAt.push(performance.now());
			if (askedAt.length === 1) throw new Failure(code, {details: {retryAfterMs: 1500}});
			return entered;
		};
		t.is((await admit(createScene({relay: {connect}}).admission)).connection, entered);
		t.true(askedAt[1]! - askedAt[0]! >= 1490, String(askedAt));
		const late = async () => {
			throw new Failure(code, {details: {retryAfterMs: 40_000}});
		};
		const since = performance.now();
		t.is(await failureOf(admit(createScene({relay: {connect: late}}).admission)), code);
		t.true(performance.now() - since < 1000);
	}
	t.is(exitCodeOf('session_full'), 3);
});

test('With a relay on this machine, or a pin that forbids direct, nobody is looked for', async (t) => {
	const scenes = [
		createScene({
			plan: {...joiner, relayUrls: ['ws://127.0.0.1:9/ws', 'ws://localhost:9/ws', 'ws://[::1]:9/ws']},
		}),
		createScene({pin: 'proxy'}),
		createScene({plan: {...host, relayUrls: ['ws://127.0.0.1:9/ws']}}),
		createScene({plan: host, pin: 'json'}),
		createScene({plan: {...host, relayUrls: []}, embedded: true}),
	];
	const codes = await Promise.all(scenes.map(async ({admission}) => failureOf(admit(admission))));
	t.deepEqual(
		codes,
		Array.from({length: 5}, () => 'relay_unreachable'),
	);
	t.true(scenes.every(({told}) => told.searches === 0));
});

test.serial('A clock that is put forward meanwhile ends no first join', async (t) => {
	const wall = Date.now;
	t.teardown(() => {
		Date.now = wall;
	});
	let tries = 0;
	const relay = {
		connect: async () => {
			if (++tries > 1) throw new Failure('unsupported_version', {severity: 'fatal'});
			Date.now = () => wall() + 3_600_000;
			throw silent();
		},
	};
	t.is(await failureOf(admit(createScene({relay, pin: 'proxy'}).admission)), 'unsupported_version');
	t.is(tries, 2);
});
