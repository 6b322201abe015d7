import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {type Event} from '../../source/core/event.js';
import {type PeerMessage} from '../../source/protocol/peer-messages.js';
import {writeWantState} from '../../source/runtime/exchange/want-state.js';
import {ExchangeDesk} from '../../source/runtime/exchange-desk.js';
import {makeStore} from '../git/make-store.js';

test('nothing is fetched or stored where another folder stands by now', async (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'desk-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const {store} = await makeStore(t);
	const events: Event[] = [];
	const desk = new ExchangeDesk({
		store,
		have: () => [],
		isInPlace: async () => false,
		wantFile: path.join(folder, 'want.json'),
		cacheFolder: path.join(folder, 'packs'),
		isAbout: () => true,
		dispatch: (event) => events.push(event),
	});
	t.teardown(async () => desk.stop());
	const commit = '2'.repeat(40);
	await desk.storeInline('bob', commit, 'no pack, and not looked at');
	t.deepEqual(events.splice(0), [{type: 'inline-stored', peerId: 'bob', commit, stored: false}]);
});

test('a head that is behind ours is not fetched, also where it was cut off here; a base is', async (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'desk-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const {store} = await makeStore(t);
	const events: Event[] = [];
	const desk = new ExchangeDesk({
		store,
		have: () => [],
		isBehind: (commit) => commit.startsWith('1'),
		wantFile: path.join(folder, 'want.json'),
		cacheFolder: path.join(folder, 'packs'),
		isAbout: () => true,
		dispatch: (event) => events.push(event),
	});
	t.teardown(async () => desk.stop());
	const [behind, news] = ['1'.repeat(40), '2'.repeat(40)];
	await desk.fetch({fetch: 1, commit: behind, whole: false}, undefined);
	t.deepEqual(events.splice(0), [{type: 'fetch-ended', fetch: 1, commit: behind}]);
	for (const [fetch, commit, whole] of [
		[2, news, false],
		[3, behind, true],
	] as const) {
		await desk.fetch({fetch, commit, whole}, undefined);
		const [event] = events.splice(0);
		t.like(
			event,
			{type: 'fetch-ended', fetch, commit, code: 'no_path'},
			'it was asked for, but there is nobody',
		);
	}
});

test('an earlier want that comes to nothing again and again lets the newer head pass', async (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'desk-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const {store} = await makeStore(t);
	const wantFile = path.join(folder, 'want.json');
	const [former, news] = ['1'.repeat(40), '2'.repeat(40)];
	await writeWantState(wantFile, {commit: former, have: []});
	const desk = new ExchangeDesk({
		store,
		have: () => [],
		wantFile,
		cacheFolder: path.join(folder, 'packs'),
		isAbout: () => true,
		dispatch: () => undefined,
	});
	t.teardown(async () => desk.stop());
	const asked: string[] = [];
	let code = 'busy';
	const channel = {
		peerId: 'bob',
		tier: 'direct',
		hello: {name: 'bob'},
		send(message: PeerMessage) {
			if (message.type !== 'want') return;
			asked.push(message.commit);
			setImmediate(() =>
				desk.callbacks.message(this as never, {type: 'want_failed', request: message.request, code}),
			);
		},
	};
	const fetch = async () => desk.fetch({fetch: 1, commit: news, whole: false}, channel as never);
	for (let time = 0; time < 4; time++) await fetch();
	t.deepEqual(asked.splice(0), Array(4).fill(former), 'who is busy is asked again');
	code = 'too_large';
	for (let time = 0; time < 3; time++) await fetch();
	t.deepEqual(asked, [former, former, former, news]);
});
