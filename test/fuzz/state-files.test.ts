/** What a crash, another program or another version may leave on the disk, and what comes over the control socket. */
import test from 'ava';
import {isOid} from '../../source/protocol/content.js';
import {parseAnswer, parseGreeting, parseJson} from '../../source/runtime/control-answer.js';
import {controlRequestSchema} from '../../source/runtime/control-protocol.js';
import {parseWantState} from '../../source/runtime/exchange/want-state.js';
import {parseSettings} from '../../source/settings/settings.js';
import {isSettledStat} from '../../source/workspace/disk-entry.js';
import {parseSessionFile} from '../../source/workspace/session-file.js';
import {decodeJournal, encodeRecords, journalHeader} from '../../source/workspace/shown-journal.js';
import {crc32} from 'node:zlib';
import {fuzz, must} from './mutate.js';

const oid = 'ab'.repeat(20);

test.serial('the journal of what is shown, with and without true checksums', async (t) => {
	const stat = {size: 3, mtimeNs: 5n, ctimeNs: 6n, ino: 7n, seenAtMs: 8};
	const records = encodeRecords(
		new Map([
			['a/b', {content: `${oid}-100644`, stat}],
			['gone', undefined],
			['ü', {content: `${oid}-120000`}],
		]),
	);
	const journal = Buffer.concat([journalHeader, records, records]);
	await fuzz(t, [journal, Buffer.concat([journalHeader, records])], (input, random) => {
		let data = input;
		if (random.below(2) === 0) {
			const json =
				input
					.subarray(journalHeader.length + 9)
					.toString()
					.split('\n')[0] ?? '';
			const line = `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
			data = Buffer.concat([journalHeader, Buffer.from(line)]);
		}
		const {entries, bytes} = decodeJournal(data);
		must(bytes <= data.length, 'no more than there is');
		for (const {content, stat: found} of entries.values()) {
			must(isOid(content.slice(0, 40)), 'a content');
			if (found) must(!isSettledStat(found) || Number.isSafeInteger(found.seenAtMs), 'a time');
		}
	});
});

test.serial('the state of a want', async (t) => {
	const state = {
		version: 1,
		commit: oid,
		have: [oid],
		history: true,
		after: {phase: 'trees', oid},
		part: {oid, type: 'blob', size: 9, offset: 3},
	};
	await fuzz(t, [JSON.stringify(state)], (input) => {
		const parsed = parseWantState(input.toString());
		if (parsed) must(isOid(parsed.commit) && parsed.have.every(isOid), 'ids');
	});
});

test.serial('the session file', async (t) => {
	const session = {
		session_id: 's',
		secret: 'x',
		founder_key: 'k',
		relay_urls: ['ws://a'],
		role: 'host',
		name: 'n',
		mark: 'm',
		created_at: 5,
		relay_port: 8787,
		place: '1:2',
	};
	await fuzz(t, [JSON.stringify(session, undefined, '\t')], (input) => {
		const parsed = parseSessionFile(input.toString());
		if (parsed) must(['host', 'member'].includes(parsed.role), 'a role');
	});
});

test.serial('the settings', async (t) => {
	const settings = {
		name: 'Ada',
		relayUrl: 'wss://a',
		tier: 'auto',
		stun: ['stun:a:1'],
		turn: [],
		recentSessions: [{root: '/a', sessionId: 's', role: 'host', openedAt: 5}],
	};
	await fuzz(t, [JSON.stringify(settings)], (input) => {
		const parsed = parseSettings(parseJson(input.toString()));
		must(parsed.recentSessions.length <= 20, 'bounded');
	});
});

test.serial('questions and answers of the control socket', async (t) => {
	const texts = [
		{request: 'status'},
		{request: 'conflicts'},
		{request: 'resolve', paths: ['a'], take: 'mine'},
		{request: 'restore', path: 'a', at: '2026-01-31'},
		{request: 'sync', wait: true, timeout_ms: 5},
		{pulsync: 1, root: '/a'},
		{result: {a: [1]}},
		{error: {code: 'c', message: 'm'}},
	];
	await fuzz(
		t,
		texts.map((text) => JSON.stringify(text)),
		(input) => {
			const line = input.toString();
			controlRequestSchema.safeParse(parseJson(line));
			must(typeof (parseGreeting(line)?.root ?? '') === 'string', 'a root');
			const answer = parseAnswer(line);
			if (answer && 'error' in answer) must(typeof answer.error.message === 'string', 'a sentence');
		},
	);
});
