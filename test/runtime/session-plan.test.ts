/** Which relays a session uses: those of its invite and its folder are its own, the settings only found new ones. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {encodeBase64Url} from '../../source/protocol/ids.js';
import {type SessionMode, type SessionOptions} from '../../source/runtime/session-options.js';
import {planSession} from '../../source/runtime/session-plan.js';
import {createIdentity} from '../../source/transport/identity.js';
import {createSecret, deriveSession} from '../../source/transport/session-keys.js';
import {type SessionFile} from '../../source/workspace/session-file.js';

const secret = createSecret();
const founder = createIdentity();
const {sessionId} = deriveSession({secret, founderPublicKey: founder.publicKey});
const invite = {tls: false, addresses: [{host: '192.168.1.20', port: 41_233}], sessionId, secret};
const invited = 'ws://192.168.1.20:41233/ws';
const ofSettings = 'wss://relay.example/ws';
/** As a person may write it there. */
const written = 'wss://relay.example';
const ofFlag = 'ws://127.0.0.1:7/ws';

const former: SessionFile = {
	session_id: sessionId,
	secret: encodeBase64Url(secret),
	founder_key: founder.publicKey,
	relay_urls: [invited],
	role: 'member',
	name: 'bob',
	created_at: 1,
	mark: 'm',
};

async function relaysOf(
	t: {teardown: (end: () => void) => void},
	mode: SessionMode,
	{session, relayUrls}: {session?: SessionFile; relayUrls?: readonly string[]} = {},
): Promise<readonly string[]> {
	const root = mkdtempSync(path.join(os.tmpdir(), 'plan-'));
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	const options: SessionOptions = {
		root,
		name: 'bob',
		pin: 'auto',
		mode,
		relayUrls,
		hostRelayUrls: [written],
		log: () => undefined,
	};
	const keyPem = session && founder.exportPem();
	return (await planSession(options, {session, keyPem, isCopy: false})).relayUrls;
}

test('a relay of the settings founds sessions, unless a flag names another one', async (t) => {
	t.deepEqual(await relaysOf(t, {kind: 'host'}), [ofSettings]);
	t.deepEqual(await relaysOf(t, {kind: 'host'}, {relayUrls: [ofFlag]}), [ofFlag]);
});

test('who joins meets at the relay that the invite names, whatever the settings say', async (t) => {
	const mode = {kind: 'join', invite, merge: false} as const;
	t.deepEqual(await relaysOf(t, mode), [invited]);
	t.deepEqual(await relaysOf(t, mode, {session: former}), [invited]);
	t.deepEqual(await relaysOf(t, mode, {relayUrls: [ofFlag]}), [ofFlag]);
});

test('a session that exists keeps its relays, also the one inside of its host', async (t) => {
	t.deepEqual(await relaysOf(t, {kind: 'resume'}, {session: former}), [invited]);
	const host: SessionFile = {...former, role: 'host', relay_urls: [], relay_port: 41_233};
	t.deepEqual(await relaysOf(t, {kind: 'resume'}, {session: host}), []);
	t.deepEqual(await relaysOf(t, {kind: 'host'}, {session: host}), []);
});

test('a copy of a host joins its original where that runs, and is the host where nobody has its port', async (t) => {
	const session: SessionFile = {...former, role: 'host', relay_urls: [], relay_port: 41_233};
	const options: SessionOptions = {
		root: '/',
		name: 'ada',
		pin: 'auto',
		mode: {kind: 'resume'},
		log: () => undefined,
	};
	const planOf = async (isPortTaken: boolean) =>
		planSession(options, {session, keyPem: founder.exportPem(), isCopy: true, isPortTaken});
	t.like(await planOf(true), {role: 'member', relayUrls: ['ws://127.0.0.1:41233/ws']});
	t.like(await planOf(false), {role: 'host', relayUrls: []});
	t.not((await planOf(false)).identity.peerId, founder.peerId, 'the original may be there one day');
});
